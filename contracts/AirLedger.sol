// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Checkpoints of one AIR ledger
/// @notice Stores the root of a Merkle log (RFC 9162) for each size at which the log was anchored. The contract verifies that each
/// checkpoint extends the one before it, so neither the submitter nor the owner can rewrite an anchored log.
/// @dev The storage layout is part of the interface, because proofs read it without calling the contract:
/// slot 0 holds `submitter` in its lowest 20 bytes and `size` in the 8 bytes above; slot 1 is the mapping `roots`, so the root of a
/// size is in slot keccak256(uint256(size) . uint256(1)). `owner` and `ledgerId` are immutable, so the code hash covers both.
/// It does not cover the storage: other creation code can write forged roots and return this code. Compare the input of the transaction
/// that created the contract.
contract AirLedger {
    /// @notice The only account that may add checkpoints.
    address public submitter;
    /// @notice The number of leaves at the newest checkpoint; 0 before the first.
    uint64 public size;
    /// @notice The root at a checkpoint's size; zero if there is no checkpoint of this size.
    mapping(uint64 => bytes32) public roots;
    /// @notice The account that `owner` proposed as submitter and that has not accepted yet; zero if there is none.
    address public pendingSubmitter;

    /// @notice The only account that may propose another submitter.
    address public immutable owner;
    /// @notice The ledger's name. One contract holds the checkpoints of one ledger.
    bytes32 public immutable ledgerId;

    /// @notice A checkpoint extended the one at `previous` leaves.
    event Checkpoint(uint64 indexed size, bytes32 indexed root, uint64 previous);
    /// @notice The owner proposed a submitter; zero withdraws the last proposal.
    event SubmitterProposed(address indexed proposed);
    /// @notice The proposed submitter accepted, and replaced the previous one.
    event SubmitterChanged(address indexed previous, address indexed current);

    /// @notice The caller is not the submitter.
    error NotSubmitter();
    /// @notice The caller is not the owner.
    error NotOwner();
    /// @notice The caller is not the proposed submitter.
    error NotProposed();
    /// @notice The checkpoint is not larger than the newest one, which has `size` leaves, and was never stored.
    error NotNewer(uint64 size);
    /// @notice The path does not prove that this root extends the newest one, or another root is stored for this size.
    error NotAnExtension();

    /// @param id The ledger's name.
    /// @param firstSubmitter The account that may add checkpoints.
    /// @param firstOwner The account that may propose another submitter. It can't be changed: for several persons, use a wallet
    /// contract.
    constructor(bytes32 id, address firstSubmitter, address firstOwner) {
        ledgerId = id;
        owner = firstOwner;
        submitter = firstSubmitter;
        emit SubmitterChanged(address(0), firstSubmitter);
    }

    /// @notice Stores the root of the log at `treeSize` leaves. Does nothing if this checkpoint is stored already.
    /// @param path The consistency proof from the newest checkpoint (RFC 9162, 2.1.4.1); empty for the first checkpoint.
    function checkpoint(uint64 treeSize, bytes32 root, bytes32[] calldata path) external {
        // `submitter` and `size` share a slot, which is read once and written once.
        uint256 slot;
        assembly ("memory-safe") {
            slot := sload(submitter.slot)
        }
        if (msg.sender != address(uint160(slot))) revert NotSubmitter();
        uint256 previous = slot >> 160;
        if (treeSize <= previous) {
            bytes32 stored = roots[treeSize];
            if (stored == 0) revert NotNewer(uint64(previous));
            if (stored != root) revert NotAnExtension();
            return;
        }
        if (previous == 0) {
            // Zero stands for a missing root.
            if (path.length != 0 || root == 0) revert NotAnExtension();
        } else if (!isExtension(previous, roots[uint64(previous)], treeSize, root, path)) {
            revert NotAnExtension();
        }
        // size = treeSize; roots[treeSize] = root; emit Checkpoint(treeSize, root, previous);
        bytes32 topic = Checkpoint.selector;
        assembly ("memory-safe") {
            sstore(submitter.slot, add(slot, shl(160, sub(treeSize, previous))))
            mstore(0, treeSize)
            mstore(0x20, roots.slot)
            sstore(keccak256(0, 0x40), root)
            mstore(0, previous)
            log3(0, 0x20, topic, treeSize, root)
        }
    }

    /// @notice Whether the log has a leaf, by its proof for the checkpoint at `treeSize` leaves (RFC 9162, 2.1.3.2). False without such a
    /// checkpoint.
    /// @param leaf The leaf's hash: SHA-256 of a zero byte and the entry.
    function included(bytes32 leaf, uint64 index, uint64 treeSize, bytes32[] calldata path) external view returns (bool) {
        bytes32 root = roots[treeSize];
        if (root == 0 || index >= treeSize) return false;
        uint256 fn = index;
        uint256 sn = treeSize - 1;
        for (uint256 i = 0; i < path.length; i++) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                leaf = nodeHash(path[i], leaf);
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                leaf = nodeHash(leaf, path[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && leaf == root;
    }

    /// @notice Proposes the account that may add checkpoints from its call of `acceptSubmitter` on. Zero withdraws the proposal.
    function setSubmitter(address proposed) external {
        if (msg.sender != owner) revert NotOwner();
        pendingSubmitter = proposed;
        emit SubmitterProposed(proposed);
    }

    /// @notice Makes the proposed account the submitter. Only that account may call it, which shows that its key works.
    function acceptSubmitter() external {
        if (msg.sender != pendingSubmitter) revert NotProposed();
        emit SubmitterChanged(submitter, msg.sender);
        submitter = msg.sender;
        pendingSubmitter = address(0);
    }

    /// @dev RFC 9162, 2.1.4.2, for 0 < `first` < `second`. In assembly, since most of a checkpoint's variable gas is spent here. A path
    /// that is too short reads zeros beyond its end, and fails at the comparison of `next` and the end.
    function isExtension(uint256 first, bytes32 firstRoot, uint256 second, bytes32 secondRoot, bytes32[] calldata path)
        private
        view
        returns (bool isValid)
    {
        // A node's hash is that of a one byte, the left node and the right node, by the precompiled contract at address 2. The memory,
        // which is free from 0x80 on since the caller allocates none, has two such inputs, whose hashes are written back into them:
        //   0x80: a one byte, 0x81: the left node, 0xa1: `fr`;
        //   0xe0: a one byte, 0xe1: the left node, 0x101: `sr`, 0x121: the right node if `sr` is the left one, with 0x100: its one byte.
        // The result of a call is not checked, because one check stands for all. A call can fail for lack of gas, but then the gas that
        // is left can't pay for the storage of the checkpoint. For any other reason (a frame that is too deep, a chain without the
        // precompiled contract) each call fails, or returns nothing: see `returndatasize` at the end. There is at least one call.
        assembly ("memory-safe") {
            // The bit of the level that `next` is for. The levels below are complete in the first tree, as its lowest bit shows.
            let bit := and(first, sub(0, first))
            // The place of the first tree's last complete subtree: `fn` of the RFC, not shifted.
            let fn := sub(first, bit)
            // Above its highest bit, the right borders of both trees have the same place.
            let difference := xor(fn, sub(second, 1))
            let next := path.offset
            let end := add(next, shl(5, path.length))
            mstore8(0x80, 1)
            mstore8(0xe0, 1)
            // If the first tree is a complete subtree of the second one, then the path omits its root, and `fn` is zero.
            let seed := firstRoot
            if fn {
                seed := calldataload(next)
                next := add(next, 32)
            }
            mstore(0xa1, seed)
            mstore(0x101, seed)
            // A one bit of `fn` has a left node, which both trees have. `triples` has the bits that begin three ones: fewer jumps.
            let triples := and(and(fn, shr(1, fn)), shr(2, fn))
            for {} 1 {} {
                for {} and(triples, bit) { bit := shl(3, bit) } {
                    let node := calldataload(next)
                    mstore(0x81, node)
                    mstore(0xe1, node)
                    pop(staticcall(gas(), 2, 0x80, 65, 0xa1, 32))
                    pop(staticcall(gas(), 2, 0xe0, 65, 0x101, 32))
                    let nodeAbove := calldataload(add(next, 32))
                    mstore(0x81, nodeAbove)
                    mstore(0xe1, nodeAbove)
                    pop(staticcall(gas(), 2, 0x80, 65, 0xa1, 32))
                    pop(staticcall(gas(), 2, 0xe0, 65, 0x101, 32))
                    let nodeOnTop := calldataload(add(next, 64))
                    mstore(0x81, nodeOnTop)
                    mstore(0xe1, nodeOnTop)
                    pop(staticcall(gas(), 2, 0x80, 65, 0xa1, 32))
                    pop(staticcall(gas(), 2, 0xe0, 65, 0x101, 32))
                    next := add(next, 96)
                }
                for {} and(fn, bit) { bit := add(bit, bit) } {
                    let node := calldataload(next)
                    mstore(0x81, node)
                    mstore(0xe1, node)
                    pop(staticcall(gas(), 2, 0x80, 65, 0xa1, 32))
                    pop(staticcall(gas(), 2, 0xe0, 65, 0x101, 32))
                    next := add(next, 32)
                }
                // A zero bit above the difference has no node: go on at the next one bit.
                if gt(bit, difference) {
                    fn := and(fn, sub(0, bit))
                    if iszero(fn) { break }
                    bit := and(fn, sub(0, fn))
                    continue
                }
                // A zero bit below has a right node, which only the second tree has.
                mstore8(0x100, 1)
                mstore(0x121, calldataload(next))
                pop(staticcall(gas(), 2, 0x100, 65, 0x101, 32))
                next := add(next, 32)
                bit := add(bit, bit)
            }
            isValid := iszero(
                or(
                    or(xor(returndatasize(), 32), xor(next, end)),
                    or(xor(mload(0xa1), firstRoot), xor(mload(0x101), secondRoot))
                )
            )
        }
    }

    /// @dev RFC 9162, 2.1.1.
    function nodeHash(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
