// Anchors a small ledger on anvil, and records what a verifier gets: `node record.mjs FOLDER` writes
//   proof.json   the proof file of an entry, for a checkpoint that is older than the newest one and the block of the evidence
//   trusted.json what a verifier knows from elsewhere: chain, contract, code hash, block hash
//   calls.json   calls, answers, events and errors of the contract, as viem encodes them

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { encodeErrorResult, encodeFunctionData, encodeFunctionResult, keccak256, numberToHex, toEventSelector, toRlp, trim } from 'viem'
import { CHAIN_ID, LEDGER_ID, Ledger, abi, build, rootSlot, startChain } from './chain.mjs'
import { Tree, leafHash } from './tree.mjs'

/// A header's members in the order of its RLP. Later forks add members at the end.
const QUANTITY = Symbol('a number without leading zeros')
const HEADER = [
  ['parentHash'], ['sha3Uncles'], ['miner'], ['stateRoot'], ['transactionsRoot'], ['receiptsRoot'], ['logsBloom'],
  ['difficulty', QUANTITY], ['number', QUANTITY], ['gasLimit', QUANTITY], ['gasUsed', QUANTITY], ['timestamp', QUANTITY],
  ['extraData'], ['mixHash'], ['nonce'],
  ['baseFeePerGas', QUANTITY], // London
  ['withdrawalsRoot'], // Shanghai
  ['blobGasUsed', QUANTITY], ['excessBlobGas', QUANTITY], ['parentBeaconBlockRoot'], // Cancun
  ['requestsHash'], // Prague
]

function headerRlp(block) {
  const members = HEADER.filter(([name]) => block[name] != null).map(([name, kind]) => {
    if (kind !== QUANTITY) return block[name]
    return BigInt(block[name]) === 0n ? '0x' : trim(numberToHex(BigInt(block[name])))
  })
  return toRlp(members.map((member) => (member.length % 2 ? `0x0${member.slice(2)}` : member)))
}

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
const block = await client.request({ method: 'eth_getBlockByNumber', params: ['finalized', false] })
const evidence = await client.request({
  method: 'eth_getProof',
  params: [ledger.address, [rootSlot(size)], block.number],
})
if (keccak256(headerRlp(block)) !== block.hash) throw new Error('the header has members that HEADER lacks')
if (BigInt(block.number) <= BigInt(receipt.blockNumber)) throw new Error('the evidence is not of a later block')

const digits = (hash) => hash.slice(2)
const proof = {
  format: 'air-anchor-proof/1',
  coreClaimHash: coreClaimHashes[index].toString('hex'),
  inclusion: {
    leafIndex: index,
    treeSize: size,
    root: digits(tree.root(size)),
    path: tree.inclusion(index, size).map(digits),
  },
  anchor: {
    chainId: CHAIN_ID,
    contract: ledger.address,
    codeHash: evidence.codeHash,
    transactionHash: receipt.transactionHash,
    blockNumber: Number(receipt.blockNumber),
    blockHash: receipt.blockHash,
  },
  evidence: {
    kind: 'mpt/1',
    block: Number(block.number),
    headerRlp: headerRlp(block),
    accountProof: evidence.accountProof,
    storageProof: evidence.storageProof[0].proof,
  },
}
const trusted = {
  chainId: CHAIN_ID,
  contract: ledger.address,
  codeHash: evidence.codeHash,
  blockHash: block.hash,
  // More facts, for the tests.
  ledgerId: LEDGER_ID,
  owner,
  submitter,
  code: await client.getCode({ address: ledger.address }),
  creation: { bytecode: build.bytecode, data: (await client.getTransaction({ hash: ledger.deployment.transactionHash })).input },
}

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
const text = (value) => JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `${member}` : member), 2) + '\n'
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

const folder = process.argv[2]
mkdirSync(folder, { recursive: true })
for (const [name, value] of Object.entries({ proof, trusted, calls })) writeFileSync(join(folder, `${name}.json`), text(value))
stops.forEach((stop) => stop())
