// From a credential of a platform to its proof: `node issued.mjs FOLDER AIR` reads the credential's hash and inclusion proof from
// FOLDER/inclusion.json, anchors the ledger's root on anvil, writes the files of record.mjs, and has the binary AIR verify the proof with
// the block's hash and with the node.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Ledger, startChain } from './chain.mjs'
import { writeProof } from './proof.mjs'

const [folder, air] = process.argv.slice(2)
const { coreClaimHash, inclusion } = JSON.parse(readFileSync(`${folder}/inclusion.json`, 'utf8'))
const stops = []
const { client, accounts, url } = await startChain((stop) => stops.push(stop))
const [submitter, owner] = accounts

/// The exit code and the document of `air status --proof`.
function verify(...options) {
  const pinned = ['--contract', ledger.address, '--chain-id', `${trusted.chainId}`]
  const command = ['status', '--proof', '--offline', `${folder}/proof.json`, ...pinned, '--json', ...options, coreClaimHash]
  const { status, stdout } = spawnSync(air, command, { encoding: 'utf8' })
  return { status, ...JSON.parse(stdout) }
}

const ledger = await Ledger.deploy(client, submitter, owner)
const receipt = await ledger.send('checkpoint', [BigInt(inclusion.treeSize), `0x${inclusion.root}`, []])
await client.mine({ blocks: 4 })
const trusted = await writeProof(folder, ledger, { coreClaimHash, inclusion, receipt, owner })

// The block's hash shows the code's hash, but not which code it is of.
const code = ['--ledger-id', trusted.ledgerId, '--owner', trusted.owner]
const offline = verify('--block-hash', trusted.blockHash, ...code)
assert.equal(offline.status, 0, JSON.stringify(offline))
assert.equal(offline.root, inclusion.root)
const online = verify('--rpc', url, '--rpc', url.replace('127.0.0.1', 'localhost'))
assert.equal(online.status, 0, JSON.stringify(online))
// On a development chain of this machine, the newest block is final.
const newest = await client.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
assert.equal(online.nodes.block.hash, newest.hash)
// A chain that was reset has the contract no more, and the block of the evidence is unknown.
const reset = verify('--block-hash', receipt.blockHash, ...code)
assert.equal(reset.status, 1, JSON.stringify(reset))
assert.equal(reset.check, 'blockHash')
stops.forEach((stop) => stop())
