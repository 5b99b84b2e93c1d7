#!/bin/sh
# A stand-in for a program that `air` runs, such as `air-ssi`, which runs the commands in the file `behaviour` beside it.
folder=${0%/*}
. "$folder/behaviour"
