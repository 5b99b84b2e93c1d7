// Compiles AirLedger.sol with the solc that package-lock.json pins. `--write` updates AirLedger.json, and the copies of its code that
// air-ledger embeds; `--check` fails if their bytes differ from those of a new build.

import { readFileSync, writeFileSync } from 'node:fs'
import solc from 'solc'

const NAME = 'AirLedger'
const SOURCE = `${NAME}.sol`

/// The settings decide the bytes. Paris has no PUSH0, which chains on older forks of go-ethereum lack. Without metadata, the bytes
/// depend on nothing but the source and these settings. The compiler's intermediate representation saves 400 gas a checkpoint.
const SETTINGS = {
  evmVersion: 'paris',
  viaIR: true,
  optimizer: { enabled: true, runs: 10000 },
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
}
const OUTPUTS = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences', 'storageLayout']

/// The parts of a build that the repository keeps.
export function compile() {
  const content = readFileSync(new URL(SOURCE, import.meta.url), 'utf8')
  const input = {
    language: 'Solidity',
    sources: { [SOURCE]: { content } },
    settings: { ...SETTINGS, outputSelection: { '*': { '*': OUTPUTS, '': ['ast'] } } },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input)))
  if (output.errors?.length) throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'))
  const built = output.contracts[SOURCE][NAME]
  const names = namesById(output.sources[SOURCE].ast)
  const immutables = Object.entries(built.evm.deployedBytecode.immutableReferences).map(([id, places]) => [
    names.get(Number(id)),
    places.map((place) => place.start).sort((a, b) => a - b),
  ])
  return {
    contract: NAME,
    compiler: solc.version(),
    settings: SETTINGS,
    abi: built.abi,
    storage: built.storageLayout.storage.map(({ label, slot, offset }) => ({ label, slot: Number(slot), offset })),
    // Byte offsets in the deployed code of the 32-byte words that the constructor fills.
    immutables: Object.fromEntries(immutables.sort(([a], [b]) => (a < b ? -1 : 1))),
    bytecode: `0x${built.evm.bytecode.object}`,
    deployedBytecode: `0x${built.evm.deployedBytecode.object}`,
  }
}

/// The names of the contract's variables by their ids in the syntax tree.
function namesById(ast) {
  const contract = ast.nodes.find((node) => node.nodeType === 'ContractDefinition')
  return new Map(contract.nodes.map((node) => [node.id, node.name]))
}

/// Every file that depends on the build, with its content.
function files() {
  const build = compile()
  const code = (digits) => Buffer.from(digits.slice(2), 'hex')
  return [
    ['AirLedger.json', Buffer.from(`${JSON.stringify(build, null, 2)}\n`)],
    ['../crates/air-ledger/src/evm/contract/creation.bin', code(build.bytecode)],
    ['../crates/air-ledger/src/evm/contract/deployed.bin', code(build.deployedBytecode)],
  ].map(([name, content]) => ({ name, content, url: new URL(name, import.meta.url) }))
}

switch (process.argv[2]) {
  case '--write':
    for (const { url, content } of files()) writeFileSync(url, content)
    break
  case '--check':
    for (const { name, url, content } of files()) {
      if (content.equals(readFileSync(url))) continue
      console.error(`contracts/${name} differs from a new build of ${SOURCE}; run \`cargo xtask chain --write\``)
      process.exit(1)
    }
    console.log(`  ${SOURCE}, compiled by solc ${solc.version()}, gives the stored bytes`)
    break
}
