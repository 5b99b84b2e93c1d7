// The contract against the reference tree: what it accepts, and what it refuses and why.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { getAddress, keccak256, zeroHash } from 'viem'
import { CHAIN_ID, LEDGER_ID, Ledger, build, rootSlot, startChain } from './chain.mjs'
import { Tree } from './tree.mjs'

/// Enough for every shape of a path: complete trees, one more, one less.
const LARGEST = 20
const OTHER_HASH = keccak256('0x00')
const tree = Tree.ofSize(600)
const forged = Tree.ofSize(600, ' forged')

const chain = await startChain(after)
const [submitter, owner, stranger] = chain.accounts
const ledger = await Ledger.deploy(chain.client, submitter, owner)

/// Runs a check for every item at once: the transport sends the calls in batches.
const forEach = (items, check) => Promise.all(items.map(check))

/// Every pair from < first < second ≤ to.
const between = (from, to) =>
  Array.from({ length: to - from }, (_, i) => from + i + 1).flatMap((second) =>
    Array.from({ length: second - from - 1 }, (_, i) => [from + i + 1, second]),
  )

/// Every pair of small sizes, and pairs whose paths have long runs of left nodes, below and above the place where the borders meet.
const pairs = [...between(0, LARGEST), ...between(57, 66), ...between(505, 514), [127, 599], [255, 598], [447, 512], [479, 577]]

/// The contract's response to a checkpoint, if its newest one is that of the tree at `first`.
const answer = (first, second, root, path) =>
  ledger.refusal('checkpoint', [BigInt(second), root, path], { state: { size: first, root: tree.root(first) } })

const refused = async (first, second, root, path, reason = 'NotAnExtension') =>
  assert.equal(await answer(first, second, root, path), reason, `from ${first} to ${second}`)

describe('a new ledger', () => {
  test('has its name, its owner and its submitter, and no checkpoint', async () => {
    assert.equal(await chain.client.getChainId(), CHAIN_ID)
    assert.equal(await ledger.read('ledgerId'), LEDGER_ID)
    assert.equal(await ledger.read('owner'), getAddress(owner))
    assert.equal(await ledger.read('submitter'), getAddress(submitter))
    assert.equal(await ledger.read('pendingSubmitter'), '0x0000000000000000000000000000000000000000')
    assert.equal(await ledger.read('size'), 0n)
    assert.equal(await ledger.read('roots', [0n]), zeroHash)
    assert.equal(await ledger.read('included', [tree.leaf(0), 0n, 0n, []]), false)
  })

  test('runs the code of the build, with the immutable words in their places', async () => {
    const code = await chain.client.getCode({ address: ledger.address })
    const words = { ledgerId: LEDGER_ID.slice(2), owner: owner.slice(2).padStart(64, '0') }
    let expected = build.deployedBytecode.slice(2)
    for (const [name, places] of Object.entries(build.immutables)) {
      for (const place of places) {
        expected = expected.slice(0, 2 * place) + words[name] + expected.slice(2 * place + 64)
      }
    }
    assert.equal(code, `0x${expected}`)
  })

  test('accepts any size first, without a path', async () => {
    const first = (...args) => ledger.refusal('checkpoint', args)
    assert.equal(await first(1n, tree.root(1), []), undefined)
    assert.equal(await first(600n, tree.root(600), []), undefined)
    assert.equal(await first(2n ** 64n - 1n, OTHER_HASH, []), undefined)
    assert.equal(await first(2n, tree.root(2), [tree.leaf(1)]), 'NotAnExtension')
    assert.equal(await first(2n, zeroHash, []), 'NotAnExtension')
    assert.equal(await first(0n, tree.root(1), []), 'NotNewer 0')
    assert.equal(await first(0n, zeroHash, []), 'NotNewer 0')
  })
})

describe('a checkpoint', () => {
  test('is accepted from every size to every larger one', () =>
    forEach(pairs, async ([first, second]) => {
      const path = tree.consistency(first, second)
      assert.equal(await answer(first, second, tree.root(second), path), undefined, `from ${first} to ${second}`)
    }))

  test('is refused with a forged root', () =>
    forEach(pairs, ([first, second]) => refused(first, second, forged.root(second), tree.consistency(first, second))))

  test('is refused for a log that was rewritten, though its own path is right', () =>
    forEach(pairs, ([first, second]) => refused(first, second, forged.root(second), forged.consistency(first, second))))

  test('is refused with a path that is shorter or longer, at either end', () =>
    forEach(pairs, async ([first, second]) => {
      const path = tree.consistency(first, second)
      const root = tree.root(second)
      await refused(first, second, root, [])
      await refused(first, second, root, path.slice(1))
      await refused(first, second, root, path.slice(0, -1))
      await refused(first, second, root, [...path, zeroHash])
      await refused(first, second, root, [...path, root])
      await refused(first, second, root, [tree.root(first), ...path])
    }))

  test('is refused with any node of the path changed, or two exchanged', () =>
    forEach(pairs, async ([first, second]) => {
      const path = tree.consistency(first, second)
      const root = tree.root(second)
      await forEach([...path.keys()], async (i) => {
        await refused(first, second, root, path.with(i, OTHER_HASH))
        if (i > 0) await refused(first, second, root, path.with(i, path[i - 1]).with(i - 1, path[i]))
      })
    }))

  test('is refused with the path of a neighbouring size', () =>
    forEach(pairs, async ([first, second]) => {
      const path = tree.consistency(first, second)
      const neighbours = [[first - 1, second], [first + 1, second], [first, second - 1], [first, second + 1]]
      for (const [from, to] of neighbours.filter(([from, to]) => 0 < from && from < to)) {
        const other = tree.consistency(from, to)
        if (other.join() !== path.join()) await refused(first, second, tree.root(second), other)
      }
    }))

  // Sizes may share a shape: from 2 leaves, the paths to 3 and 4 leaves both have one node, whose leaves the proof doesn't count.
  test('is refused with the size of a neighbour whose path has another shape', () =>
    forEach(pairs, async ([first, second]) => {
      const path = tree.consistency(first, second)
      for (const claimed of [second - 1, second + 1].filter((size) => size > first)) {
        if (tree.consistency(first, claimed).length !== path.length) await refused(first, claimed, tree.root(second), path)
      }
    }))
})

describe('a growing ledger', () => {
  const sizes = [1, 2, 3, 4, 7, 8, 9, 15, 16, 31, 33, 64, 65, 127, 128, 129, 255, 256, 300, 511, 512, 513, 600]

  test('stores the root of each size, and reports it', async () => {
    let previous = 0
    for (const size of sizes) {
      const path = previous === 0 ? [] : tree.consistency(previous, size)
      const receipt = await ledger.send('checkpoint', [BigInt(size), tree.root(size), path])
      assert.equal(receipt.status, '0x1', `from ${previous} to ${size}`)
      const [event] = receipt.events
      assert.equal(receipt.events.length, 1)
      assert.equal(event.eventName, 'Checkpoint')
      assert.deepEqual(event.args, { size: BigInt(size), root: tree.root(size), previous: BigInt(previous) })
      assert.equal(await ledger.read('size'), BigInt(size))
      previous = size
    }
    await forEach(sizes, async (size) => assert.equal(await ledger.read('roots', [BigInt(size)]), tree.root(size)))
    assert.equal(await ledger.read('roots', [5n]), zeroHash)
  })

  test('keeps the storage layout that proofs read', async () => {
    const slot = (slot) => chain.client.getStorageAt({ address: ledger.address, slot })
    const [state, root] = ledger.slots({ size: 600, root: tree.root(600) })
    assert.equal(await slot('0x0'), state.value)
    assert.equal(await slot(rootSlot(600)), root.value)
    assert.deepEqual(
      build.storage.map(({ label, slot, offset }) => `${label} ${slot} ${offset}`),
      ['submitter 0 0', 'size 0 20', 'roots 1 0', 'pendingSubmitter 2 0'],
    )
  })

  test('accepts a stored checkpoint again without a change', async () => {
    for (const size of [600, 513, 1]) {
      const receipt = await ledger.send('checkpoint', [BigInt(size), tree.root(size), []])
      assert.equal(receipt.status, '0x1')
      assert.equal(receipt.events.length, 0)
    }
    assert.equal(await ledger.read('size'), 600n)
  })

  test('refuses another root for a stored size, and a smaller size that was never stored', async () => {
    const refusal = (size, root) => ledger.refusal('checkpoint', [BigInt(size), root, []])
    assert.equal(await refusal(600, forged.root(600)), 'NotAnExtension')
    assert.equal(await refusal(513, forged.root(513)), 'NotAnExtension')
    assert.equal(await refusal(513, zeroHash), 'NotAnExtension')
    assert.equal(await refusal(599, tree.root(599)), 'NotNewer 600')
    assert.equal(await refusal(5, zeroHash), 'NotNewer 600')
    assert.equal(await refusal(0, zeroHash), 'NotNewer 600')
  })

  test('reverts a refused transaction', async () => {
    const root = forged.root(601 - 1)
    const receipt = await ledger.send('checkpoint', [601n, root, forged.consistency(512, 600)])
    assert.equal(receipt.status, '0x0')
    assert.equal(await ledger.read('size'), 600n)
    assert.equal(await ledger.read('roots', [601n]), zeroHash)
  })
})

describe('included', () => {
  const sizes = [1, 2, 3, 4, 7, 8, 9, 15, 16, 31, 33]
  const leaves = sizes.flatMap((size) => Array.from({ length: size }, (_, index) => [index, size]))
  const included = (leaf, index, size, path) => ledger.read('included', [leaf, BigInt(index), BigInt(size), path])

  test('is true for every leaf of every stored size', () =>
    forEach(leaves, async ([index, size]) => {
      assert.equal(await included(tree.leaf(index), index, size, tree.inclusion(index, size)), true, `${index} of ${size}`)
    }))

  test('is false for another leaf, index, size or path', () =>
    forEach(leaves, async ([index, size]) => {
      const path = tree.inclusion(index, size)
      const leaf = tree.leaf(index)
      const cases = [
        [forged.leaf(index), index, size, path],
        [tree.leaf(index + 1), index, size, path],
        [leaf, index + 1, size, path],
        [leaf, size, size, path],
        [leaf, index + size, size, path],
        [leaf, 2n ** 64n - 1n, size, path],
        [leaf, index, size, [...path, zeroHash]],
        [leaf, index, size, [leaf, ...path]],
        ...path.map((_, i) => [leaf, index, size, path.with(i, OTHER_HASH)]),
      ]
      if (index > 0) cases.push([leaf, index - 1, size, path])
      if (path.length > 0) cases.push([leaf, index, size, path.slice(1)], [leaf, index, size, path.slice(0, -1)])
      for (const [i, wrong] of cases.entries()) {
        assert.equal(await included(...wrong), false, `case ${i} of leaf ${index} of ${size}`)
      }
    }))

  test('is false for a size without a checkpoint', async () => {
    assert.equal(await included(tree.leaf(2), 2, 5, tree.inclusion(2, 5)), false)
    assert.equal(await included(tree.leaf(2), 2, 2n ** 64n - 1n, tree.inclusion(2, 5)), false)
  })

  test('is false for the root of an inner node as a leaf', async () => {
    assert.equal(await included(tree.root(2), 0, 4, tree.inclusion(0, 4).slice(1)), false)
  })
})

describe('the submitter', () => {
  const checkpoint = [601n, OTHER_HASH, []]

  test('is the only account that may add or repeat a checkpoint', async () => {
    const path = tree.consistency(513, 600)
    for (const from of [owner, stranger]) {
      assert.equal(await ledger.refusal('checkpoint', checkpoint, { from }), 'NotSubmitter')
      assert.equal(await ledger.refusal('checkpoint', [600n, tree.root(600), path], { from }), 'NotSubmitter')
    }
  })

  test('changes when the owner proposes another and that one accepts', async () => {
    const first = submitter
    assert.equal(await ledger.refusal('setSubmitter', [stranger], { from: first }), 'NotOwner')
    assert.equal(await ledger.refusal('setSubmitter', [stranger], { from: stranger }), 'NotOwner')
    assert.equal(await ledger.refusal('acceptSubmitter', [], { from: stranger }), 'NotProposed')

    const proposed = await ledger.send('setSubmitter', [stranger], owner)
    assert.deepEqual(proposed.events.map((event) => [event.eventName, event.args]), [
      ['SubmitterProposed', { proposed: getAddress(stranger) }],
    ])
    assert.equal(await ledger.read('submitter'), getAddress(first))
    assert.equal(await ledger.read('pendingSubmitter'), getAddress(stranger))
    assert.equal(await ledger.refusal('checkpoint', checkpoint, { from: stranger }), 'NotSubmitter')
    assert.equal(await ledger.refusal('acceptSubmitter', [], { from: owner }), 'NotProposed')
    assert.equal(await ledger.refusal('acceptSubmitter', [], { from: first }), 'NotProposed')

    const accepted = await ledger.send('acceptSubmitter', [], stranger)
    assert.deepEqual(accepted.events.map((event) => [event.eventName, event.args]), [
      ['SubmitterChanged', { previous: getAddress(first), current: getAddress(stranger) }],
    ])
    assert.equal(await ledger.refusal('checkpoint', checkpoint, { from: first }), 'NotSubmitter')
    assert.equal(await ledger.refusal('acceptSubmitter', [], { from: stranger }), 'NotProposed')
    // The size, which shares a slot with the submitter, is unchanged, and the ledger grows on.
    assert.equal(await ledger.read('size'), 600n)
    assert.equal(await ledger.refusal('checkpoint', [600n, tree.root(600), []], { from: stranger }), undefined)
  })

  test('stays if the owner withdraws the proposal', async () => {
    const before = await ledger.read('submitter')
    await ledger.send('setSubmitter', [owner], owner)
    await ledger.send('setSubmitter', ['0x0000000000000000000000000000000000000000'], owner)
    assert.equal(await ledger.refusal('acceptSubmitter', [], { from: owner }), 'NotProposed')
    assert.equal(await ledger.read('submitter'), before)
  })
})
