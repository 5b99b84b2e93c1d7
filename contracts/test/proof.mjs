// Writes what a verifier gets and what it knows from elsewhere: `proof.json` and `trusted.json` of record.mjs.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keccak256, numberToHex, toRlp, trim } from 'viem'
import { CHAIN_ID, LEDGER_ID, build, rootSlot } from './chain.mjs'

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

/// A file in JSON. Big integers become texts.
export function writeJson(folder, name, value) {
  mkdirSync(folder, { recursive: true })
  const text = JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `${member}` : member), 2)
  writeFileSync(join(folder, `${name}.json`), `${text}\n`)
}

/// Writes the proof of an entry, with evidence of the newest final block, which must be later than the checkpoint's; returns what a
/// verifier trusts.
export async function writeProof(folder, ledger, { coreClaimHash, inclusion, receipt, owner }) {
  const { client } = ledger
  const block = await client.request({ method: 'eth_getBlockByNumber', params: ['finalized', false] })
  const evidence = await client.request({
    method: 'eth_getProof',
    params: [ledger.address, [rootSlot(inclusion.treeSize)], block.number],
  })
  if (keccak256(headerRlp(block)) !== block.hash) throw new Error('the header has members that HEADER lacks')
  if (BigInt(block.number) <= BigInt(receipt.blockNumber)) throw new Error('the evidence is not of a later block')
  const { leafIndex, treeSize, root, path } = inclusion
  writeJson(folder, 'proof', {
    format: 'air-anchor-proof/1',
    coreClaimHash,
    inclusion: { leafIndex, treeSize, root, path },
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
  })
  const trusted = {
    chainId: CHAIN_ID,
    contract: ledger.address,
    codeHash: evidence.codeHash,
    blockHash: block.hash,
    // More facts, for the tests.
    ledgerId: LEDGER_ID,
    owner,
    submitter: ledger.submitter,
    code: await client.getCode({ address: ledger.address }),
    creation: { bytecode: build.bytecode, data: (await client.getTransaction({ hash: ledger.deployment.transactionHash })).input },
  }
  writeJson(folder, 'trusted', trusted)
  return trusted
}
