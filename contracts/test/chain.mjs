// A local chain for the tests: anvil, run directly, and the contract on it.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  BaseError,
  ContractFunctionRevertedError,
  createTestClient,
  encodeAbiParameters,
  encodeDeployData,
  encodeFunctionData,
  http,
  keccak256,
  numberToHex,
  parseEventLogs,
  publicActions,
} from 'viem'

const ANVIL = fileURLToPath(new URL('../node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil', import.meta.url))
export const CHAIN_ID = 5151
export const LEDGER_ID = keccak256('0x616972')

export const build = JSON.parse(readFileSync(new URL('../AirLedger.json', import.meta.url), 'utf8'))
export const { abi } = build

/// Starts anvil on a free port, and stops it after the tests of this file. A block is final when the next one is mined.
export async function startChain(after) {
  const anvil = spawn(ANVIL, ['--port', '0', '--chain-id', `${CHAIN_ID}`, '--slots-in-an-epoch', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => anvil.kill())
  const url = await new Promise((resolve, reject) => {
    anvil.once('error', reject)
    anvil.once('exit', (code) => reject(new Error(`anvil ended with ${code}`)))
    createInterface({ input: anvil.stdout }).on('line', (line) => {
      const address = /Listening on (\S+)/.exec(line)?.[1]
      if (address) resolve(`http://${address}`)
    })
  })
  const client = createTestClient({ mode: 'anvil', transport: http(url, { batch: true }), cacheTime: 0 }).extend(publicActions)
  const accounts = await client.request({ method: 'eth_accounts' })
  return { client, accounts, url }
}

/// Sends a transaction from an account of anvil's, and returns its receipt once it is mined.
export async function send(client, transaction) {
  const parameters = { gas: numberToHex(2_000_000), ...transaction }
  return client.request({ method: 'eth_sendTransactionSync', params: [parameters] })
}

/// The contract on a chain, as its submitter uses it.
export class Ledger {
  constructor(client, address, submitter) {
    Object.assign(this, { client, address, submitter })
  }

  static async deploy(client, submitter, owner, id = LEDGER_ID) {
    const data = encodeDeployData({ abi, bytecode: build.bytecode, args: [id, submitter, owner] })
    const receipt = await send(client, { from: submitter, data })
    const ledger = new Ledger(client, receipt.contractAddress, submitter)
    ledger.deployment = receipt
    return ledger
  }

  read(functionName, args = []) {
    return this.client.readContract({ address: this.address, abi, functionName, args })
  }

  /// Sends a call and returns the receipt, with the contract's events as `events`.
  async send(functionName, args, from = this.submitter) {
    const data = encodeFunctionData({ abi, functionName, args })
    const receipt = await send(this.client, { from, to: this.address, data })
    return { ...receipt, events: parseEventLogs({ abi, logs: receipt.logs }) }
  }

  /// The name of the error with which the contract refuses a call (and its arguments); `undefined` if it accepts the call. Changes
  /// nothing.
  async refusal(functionName, args, { from = this.submitter, state } = {}) {
    const stateDiff = state && [{ address: this.address, stateDiff: this.slots(state) }]
    try {
      const call = { address: this.address, abi, functionName, args, account: from, stateOverride: stateDiff }
      await this.client.simulateContract(call)
      return undefined
    } catch (error) {
      const revert = error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError)
      if (!revert) throw error
      const { errorName, args: facts = [] } = revert.data ?? {}
      return [errorName, ...facts].join(' ')
    }
  }

  /// The storage of a ledger whose newest checkpoint is this one.
  slots({ size, root }) {
    const packed = (BigInt(size) << 160n) | BigInt(this.submitter)
    return [
      { slot: numberToHex(0, { size: 32 }), value: numberToHex(packed, { size: 32 }) },
      { slot: rootSlot(size), value: root },
    ]
  }

  /// Writes that storage.
  async set(state) {
    for (const { slot, value } of this.slots(state)) {
      await this.client.setStorageAt({ address: this.address, index: slot, value })
    }
  }
}

/// The storage slot of the root at a size.
export function rootSlot(size) {
  return keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256' }], [BigInt(size), 1n]))
}
