// Anchors a small ledger on anvil, and records what a verifier gets: `node record.mjs FOLDER` writes
//   proof.json   the proof file of an entry, for a checkpoint that is older than the newest one and the block of the evidence
//   trusted.json what a verifier knows from elsewhere: chain, contract, code hash, block hash
//   calls.json   calls, answers, events and errors of the contract, as viem encodes them

import { createHash } from 'node:crypto'
import { encodeErrorResult, encodeFunctionData, encodeFunctionResult, toEventSelector } from 'viem'
import { LEDGER_ID, Ledger, abi, startChain } from './chain.mjs'
import { writeJson, writeProof } from './proof.mjs'
import { Tree, leafHash } from './tree.mjs'

const stops = []
const chain = await startChain((stop) => stops.push(stop))
const { client } = chain
const [submitter, owner, stranger] = chain.accounts
const ledger = await Ledger.deploy(client, submitter, owner)

const coreClaimHashes = Array.from({ length: 40 }, (_, i) => createHash('sha256').update(`credential ${i}`).digest())
const tree = new Tree(coreClaimHashes.map(leafHash))
const [index, size] = [11, 23]
const receipts = []
for (const [previous, next] of [[0, 5], [5, size], [size, 40]]) {
  const path = previous === 0 ? [] : tree.consistency(previous, next)
  receipts.push(await ledger.send('checkpoint', [BigInt(next), tree.root(next), path]))
}
const receipt = receipts[1]
// The evidence is of a later block than the checkpoint's, and final.
await client.mine({ blocks: 4 })
const digits = (hash) => hash.slice(2)
const folder = process.argv[2]
const inclusion = { leafIndex: index, treeSize: size, root: digits(tree.root(size)), path: tree.inclusion(index, size).map(digits) }
await writeProof(folder, ledger, { coreClaimHash: coreClaimHashes[index].toString('hex'), inclusion, receipt, owner })

const functions = [
  ['checkpoint', [5n, tree.root(5), []]],
  ['checkpoint', [BigInt(size), tree.root(size), tree.consistency(5, size)]],
  ['roots', [BigInt(size)], tree.root(size)],
  ['roots', [24n], await ledger.read('roots', [24n])],
  ['size', [], 40n],
  ['size', [], 2n ** 64n - 1n],
  ['included', [tree.leaf(index), BigInt(index), BigInt(size), tree.inclusion(index, size)], true],
  ['included', [tree.leaf(index), 0n, 1n, []], false],
  ['submitter', [], submitter],
  ['pendingSubmitter', [], stranger],
  ['owner', [], owner],
  ['ledgerId', [], LEDGER_ID],
  ['setSubmitter', [stranger]],
  ['acceptSubmitter', []],
]
const errors = [['NotSubmitter'], ['NotOwner'], ['NotProposed'], ['NotNewer', [40n]], ['NotAnExtension']]
const calls = {
  calls: functions.map(([functionName, args, result]) => ({
    function: functionName,
    arguments: args,
    data: encodeFunctionData({ abi, functionName, args }),
    ...(result !== undefined && { result, answer: encodeFunctionResult({ abi, functionName, result }) }),
  })),
  errors: errors.map(([errorName, args = []]) => ({
    error: errorName,
    arguments: args,
    data: encodeErrorResult({ abi, errorName, args }),
  })),
  events: receipts.map(({ logs, events }) => ({
    arguments: events[0].args,
    topics: logs[0].topics,
    data: logs[0].data,
  })),
  selectors: Object.fromEntries(
    abi.filter(({ type }) => type === 'event').map((event) => [event.name, toEventSelector(event)]),
  ),
}

writeJson(folder, 'calls', calls)
stops.forEach((stop) => stop())
