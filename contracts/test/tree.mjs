// A Merkle tree by the recursive definitions of RFC 9162, 2.1: the reference for the contract, which follows the RFC's iterative
// verification instead.

import { hash } from 'node:crypto'

export const hex = (bytes) => `0x${bytes.toString('hex')}`
export const leafHash = (entry) => hash('sha256', Buffer.concat([Buffer.of(0), entry]), 'buffer')

const input = Buffer.of(1, ...new Array(64))
function nodeHash(left, right) {
  left.copy(input, 1)
  right.copy(input, 33)
  return hash('sha256', input, 'buffer')
}

/// The largest power of two below `n`, for n > 1.
const split = (n) => 2 ** Math.floor(Math.log2(n - 1))

export class Tree {
  /// Hashes of complete subtrees; those with 2^level leaves are in `#levels[level]`.
  #levels

  constructor(leaves) {
    this.#levels = [leaves]
    for (let below = leaves; below.length > 1; below = this.#levels.at(-1)) {
      const above = new Array(below.length >> 1)
      for (let i = 0; i < above.length; i++) above[i] = nodeHash(below[2 * i], below[2 * i + 1])
      this.#levels.push(above)
    }
  }

  /// A tree whose entries are numbers.
  static ofSize(size, variant = '') {
    return new Tree(Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`entry ${i}${variant}`))))
  }

  leaf(index) {
    return hex(this.#levels[0][index])
  }

  root(size) {
    return hex(this.#node(0, size))
  }

  /// PATH(m, D[n]), lowest first.
  inclusion(index, size) {
    const path = (start, end) => {
      if (end - start === 1) return []
      const middle = start + split(end - start)
      return index < middle
        ? [...path(start, middle), this.#node(middle, end)]
        : [...path(middle, end), this.#node(start, middle)]
    }
    return path(0, size).map(hex)
  }

  /// PROOF(m, D[n]), for 0 < m < n.
  consistency(first, second) {
    const subproof = (start, end, isWhole) => {
      if (end === first) return isWhole ? [] : [this.#node(start, end)]
      const middle = start + split(end - start)
      return first <= middle
        ? [...subproof(start, middle, isWhole), this.#node(middle, end)]
        : [...subproof(middle, end, false), this.#node(start, middle)]
    }
    return subproof(0, second, true).map(hex)
  }

  /// MTH(D[start:end]).
  #node(start, end) {
    const length = end - start
    const level = Math.log2(length)
    if (Number.isInteger(level) && start % length === 0) return this.#levels[level][start / length]
    const middle = start + split(length)
    return nodeHash(this.#node(start, middle), this.#node(middle, end))
  }
}
