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
        if (msg.sender != submitter) revert NotSubmitter();
        uint64 previous = size;
        if (treeSize <= previous || treeSize == 0) {
            bytes32 stored = roots[treeSize];
            if (stored == 0) revert NotNewer(previous);
            if (stored != root) revert NotAnExtension();
            return;
        }
        if (previous == 0) {
            // Zero stands for a missing root.
            if (path.length != 0 || root == 0) revert NotAnExtension();
        } else if (!isExtension(previous, roots[previous], treeSize, root, path)) {
            revert NotAnExtension();
        }
        size = treeSize;
        roots[treeSize] = root;
        emit Checkpoint(treeSize, root, previous);
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
    function isExtension(uint64 first, bytes32 firstRoot, uint64 second, bytes32 secondRoot, bytes32[] calldata path)
        private
        view
        returns (bool isValid)
    {
        assembly ("memory-safe") {
            // Dividing by the lowest set bit of `first` shifts out the ones at the end of `first - 1`.
            let lowest := and(first, sub(0, first))
            let fn := sub(div(first, lowest), 1)
            let sn := div(sub(second, 1), lowest)
            let next := path.offset
            // The input of a node's hash: a one byte, the left node, the right node. SHA-256 is the precompiled contract at address 2.
            let input := mload(0x40)
            let left := add(input, 1)
            let right := add(input, 33)
            mstore8(input, 1)
            let hashed := 1
            // If the first tree is a complete subtree of the second one, then the path omits its root, and `fn` is zero.
            let fr := firstRoot
            if fn {
                fr := calldataload(next)
                next := add(next, 32)
            }
            let sr := fr
            for {} fn {} {
                switch or(and(fn, 1), eq(fn, sn))
                case 0 {
                    mstore(left, sr)
                    calldatacopy(right, next, 32)
                    hashed := and(hashed, staticcall(gas(), 2, input, 65, 0, 32))
                    sr := mload(0)
                }
                default {
                    calldatacopy(left, next, 32)
                    mstore(right, fr)
                    hashed := and(hashed, staticcall(gas(), 2, input, 65, 0, 32))
                    fr := mload(0)
                    mstore(right, sr)
                    hashed := and(hashed, staticcall(gas(), 2, input, 65, 0, 32))
                    sr := mload(0)
                    for {} iszero(and(fn, 1)) {} {
                        fn := shr(1, fn)
                        sn := shr(1, sn)
                    }
                }
                next := add(next, 32)
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            // The rest of the path is right of the first tree: each hash is the left node of the next one.
            mstore(left, sr)
            for {} sn { sn := shr(1, sn) } {
                calldatacopy(right, next, 32)
                hashed := and(hashed, staticcall(gas(), 2, input, 65, left, 32))
                next := add(next, 32)
            }
            isValid := and(
                and(hashed, eq(next, add(path.offset, shl(5, path.length)))),
                and(eq(fr, firstRoot), eq(mload(left), secondRoot))
            )
        }
    }

    /// @dev RFC 9162, 2.1.1.
    function nodeHash(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
