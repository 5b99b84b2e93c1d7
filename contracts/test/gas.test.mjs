// The gas of a checkpoint, at every size of the ledger up to 2^20 leaves: within the limits, and as the table in the book says.
// `AIR_WRITE=1` updates the table.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { Ledger, startChain } from './chain.mjs'
import { Tree } from './tree.mjs'

const PAGE = new URL('../../docs/book/src/decisions/evm-anchoring.md', import.meta.url)
const BEGIN = '<!-- gas: written by `cargo xtask chain --write` -->\n'
const END = '<!-- end of gas -->'

const LARGEST = 2 ** 20
const RANGES = [2 ** 10, 2 ** 14, 2 ** 17, LARGEST]
/// Entries a checkpoint, and the most gas that a credential may cost at any size of the ledger.
const STEPS = [
  { entries: 128, limit: 580 },
  { entries: 10_000, limit: 8 },
]
/// How many of the costliest shapes in a range are measured.
const MEASURED = 6

const chain = await startChain(after)
const [submitter, owner] = chain.accounts
const tree = Tree.ofSize(LARGEST)

/// The way of the contract through a consistency proof: left nodes three by three, left nodes one by one, right nodes, and jumps to the
/// next one bit above the difference.
function shape(first, second) {
  let bit = first & -first
  let fn = first - bit
  const difference = fn ^ (second - 1)
  const found = { seeds: fn > 0 ? 1 : 0, threes: 0, ones: 0, rights: 0, jumps: 0 }
  for (;;) {
    for (; (fn & (7 * bit)) === 7 * bit; bit *= 8) found.threes++
    for (; fn & bit; bit *= 2) found.ones++
    if (bit <= difference) {
      found.rights++
      bit *= 2
    } else {
      fn &= -bit
      if (fn === 0) return found
      bit = fn & -fn
      found.jumps++
    }
  }
}

const nodes = ({ seeds, threes, ones, rights }) => seeds + 3 * threes + ones + rights
/// About the gas that depends on the shape. 512 is the price of a node's bytes.
const estimate = (of) => 512 * nodes(of) + 1420 * of.threes + 508 * of.ones + 340 * of.rights + 60 * of.jumps

/// The costliest shapes among steps that begin at multiples of `stride` and end within the range, each with one of its places.
function costliest(entries, stride, from, to) {
  const places = new Map()
  for (let first = stride; first + entries <= to; first += stride) {
    if (first + entries <= from) continue
    const gas = estimate(shape(first, first + entries))
    if (!places.has(gas)) places.set(gas, first)
  }
  return [...places].sort(([a], [b]) => b - a).slice(0, MEASURED).map(([, first]) => first)
}

/// The gas of a checkpoint, on a ledger whose only checkpoint is at `first` leaves, if no byte of its hashes were zero: such a byte costs 4
/// instead of 16.
async function measure(first, second) {
  const ledger = await Ledger.deploy(chain.client, submitter, owner)
  await ledger.set({ size: first, root: tree.root(first) })
  const path = tree.consistency(first, second)
  assert.equal(path.length, nodes(shape(first, second)), `path from ${first} to ${second}`)
  const root = tree.root(second)
  const receipt = await ledger.send('checkpoint', [BigInt(second), root, path])
  assert.equal(receipt.status, '0x1', `checkpoint from ${first} to ${second}`)
  const zeros = [root, ...path].flatMap((hash) => [...Buffer.from(hash.slice(2), 'hex')]).filter((byte) => byte === 0)
  return Number(receipt.gasUsed) + 12 * zeros.length
}

/// The most gas of a checkpoint in a range; `undefined` if no step ends in it.
async function most(entries, stride, from, to) {
  let most
  for (const first of costliest(entries, stride, from, to)) {
    most = Math.max(most ?? 0, await measure(first, first + entries))
  }
  return most
}

const count = (number) => number.toLocaleString('en-US')
const cell = (gas, entries) => (gas === undefined ? '–' : `${count(gas)} (${(gas / entries).toFixed(entries < 1000 ? 0 : 2)})`)

test('the gas of a checkpoint is within its limits, and the book states it', async () => {
  const ledger = await Ledger.deploy(chain.client, submitter, owner)
  const first = await ledger.send('checkpoint', [128n, tree.root(128), []])
  const repeated = await ledger.send('checkpoint', [128n, tree.root(128), []])
  const rows = []
  let from = 0
  for (const to of RANGES) {
    const row = [`to ${count(to)}`]
    for (const { entries, limit } of STEPS) {
      const [regular, anywhere] = [await most(entries, entries, from, to), await most(entries, 1, from, to)]
      if (anywhere !== undefined) assert.ok(anywhere / entries <= limit, `${anywhere} gas for ${entries} entries in ${row}`)
      row.push(cell(regular, entries), cell(anywhere, entries))
    }
    rows.push(row)
    from = to
  }
  const line = (cells) => `| ${cells.join(' | ')} |\n`
  const table =
    line(['leaves', ...STEPS.flatMap(({ entries }) => [`${count(entries)} entries, at multiples`, `${count(entries)} entries, anywhere`])]) +
    line(['---', '---:', '---:', '---:', '---:']) +
    rows.map(line).join('') +
    `\nDeployment: ${count(Number(ledger.deployment.gasUsed))} gas. First checkpoint: ${count(Number(first.gasUsed))}. ` +
    `Repeated checkpoint: ${count(Number(repeated.gasUsed))}.\n`
  const page = readFileSync(PAGE, 'utf8')
  const [head, rest] = page.split(BEGIN)
  const [stated, tail] = rest.split(END)
  if (process.env.AIR_WRITE) writeFileSync(PAGE, head + BEGIN + table + END + tail)
  else assert.equal(stated, table, 'the table differs; `cargo xtask chain --write` updates it')
})
