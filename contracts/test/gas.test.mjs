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
/// Entries a checkpoint, and the most gas a credential may cost at any size that is a multiple of them.
const STEPS = [
  { entries: 128, limit: 580 },
  { entries: 10_000, limit: 8 },
]
/// How many of the costliest shapes in a range are measured.
const MEASURED = 6

const chain = await startChain(after)
const [submitter, owner] = chain.accounts
const tree = Tree.ofSize(LARGEST)

/// The shape of a consistency proof: its nodes, and the hashes that the contract computes.
function shape(first, second) {
  let [fn, sn, nodes, hashes] = [first - 1, second - 1, 0, 0]
  while (fn & 1) [fn, sn] = [fn >> 1, sn >> 1]
  if (fn > 0) nodes++
  while (sn > 0) {
    const isDouble = fn > 0 && (fn & 1 || fn === sn)
    nodes++
    hashes += isDouble ? 2 : 1
    if (isDouble) while (fn && !(fn & 1)) [fn, sn] = [fn >> 1, sn >> 1]
    ;[fn, sn] = [fn >> 1, sn >> 1]
  }
  return { nodes, hashes }
}

/// The costliest shapes among steps that begin at multiples of `stride` and end within the range, each with one of its places: 512
/// gas for a node's bytes, and at least 196 for a hash.
function costliest(entries, stride, from, to) {
  const places = new Map()
  for (let first = stride; first + entries <= to; first += stride) {
    if (first + entries <= from) continue
    const { nodes, hashes } = shape(first, first + entries)
    const key = nodes * 512 + hashes * 250
    if (!places.has(key)) places.set(key, first)
  }
  return [...places].sort(([a], [b]) => b - a).slice(0, MEASURED).map(([, first]) => first)
}

/// The gas of a checkpoint, on a ledger whose only checkpoint is at `first` leaves.
async function measure(first, second) {
  const ledger = await Ledger.deploy(chain.client, submitter, owner)
  await ledger.set({ size: first, root: tree.root(first) })
  const path = tree.consistency(first, second)
  assert.equal(path.length, shape(first, second).nodes, `path from ${first} to ${second}`)
  const receipt = await ledger.send('checkpoint', [BigInt(second), tree.root(second), path])
  assert.equal(receipt.status, '0x1', `checkpoint from ${first} to ${second}`)
  return Number(receipt.gasUsed)
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
      const regular = await most(entries, entries, from, to)
      if (regular !== undefined) assert.ok(regular / entries <= limit, `${regular} gas for ${entries} entries in ${row}`)
      row.push(cell(regular, entries), cell(await most(entries, 1, from, to), entries))
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
