// From a platform to its proof: `node anchored.mjs FOLDER PLATFORM NODE HASH` fetches the proof of a credential that the platform's
// submitter anchored on a new anvil, and writes it beside what the node says about the contract and the block: the files of record.mjs.

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getContractAddress, keccak256, numberToHex, toEventSelector } from 'viem'
import { writeJson } from './proof.mjs'

const [folder, platform, node, hash] = process.argv.slice(2)

async function rpc(method, ...params) {
  const response = await fetch(node, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = await response.json()
  assert.equal(error, undefined, `${method}: ${JSON.stringify(error)}`)
  return result
}

// Not by the platform's word: the first transaction of anvil's first account creates the contract.
const contract = getContractAddress({ from: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266', nonce: 0n }).toLowerCase()
const checkpoint = toEventSelector('Checkpoint(uint64,bytes32,uint64)')
const logs = await rpc('eth_getLogs', { address: contract, topics: [checkpoint], fromBlock: '0x0', toBlock: 'latest' })
assert.ok(logs.length >= 2, `the contract has ${logs.length} checkpoints`)

const response = await fetch(`${platform}/sandbox/v1/ledger/anchor-proofs/${hash}`)
const file = await response.text()
assert.equal(response.status, 200, file)
const proof = JSON.parse(file)
assert.equal(proof.coreClaimHash, hash)
assert.ok(proof.inclusion.path.length > 0, 'the path of the proof is empty')
const transactions = logs.map((log) => log.transactionHash)
assert.ok(transactions.includes(proof.anchor.transactionHash), 'the transaction of the proof is no checkpoint')

const block = await rpc('eth_getBlockByNumber', numberToHex(proof.evidence.block), false)
const code = await rpc('eth_getCode', contract, block.number)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'proof.json'), file)
writeJson(folder, 'trusted', {
  chainId: Number(await rpc('eth_chainId')),
  contract,
  codeHash: keccak256(code),
  blockHash: block.hash,
  code,
})
