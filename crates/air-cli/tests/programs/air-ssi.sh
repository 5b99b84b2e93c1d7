#!/bin/sh
# A stand-in for the program `air-ssi`, which runs the commands in the file `behaviour` beside it.
folder=${0%/*}
. "$folder/behaviour"
