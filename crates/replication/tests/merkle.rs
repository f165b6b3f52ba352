//! Merkle trees against published roots, the plain recursion of the standard, and counted comparisons.

use replication::merkle::{Difference, Hash, MerkleError, MerkleTree, comparisons, leaf_hash};
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn hex(hash: Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Oracle: the test vectors of the Certificate Transparency reference implementation.
#[test]
fn roots_are_those_published_for_certificate_transparency() {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (count, root) in roots.iter().enumerate() {
        let tree = MerkleTree::new(leaves[..count].iter().map(|leaf| leaf_hash(leaf)).collect());
        assert_eq!(hex(tree.root()), *root, "{count} leaves");
    }
}

/// Oracle: the recursion of RFC 6962, §2.1, written as it stands there.
fn by_the_standard(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let left = (leaves.len() - 1).next_power_of_two().max(1);
            let left = if left >= leaves.len() { left / 2 } else { left };
            let (left, right) = leaves.split_at(left);
            Sha256::new()
                .chain_update([1])
                .chain_update(by_the_standard(left))
                .chain_update(by_the_standard(right))
                .finalize()
                .into()
        }
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|leaf| leaf_hash(&leaf.to_le_bytes())).collect()
}

#[test]
fn every_shape_is_that_of_the_standard_and_a_changed_leaf_rebuilds_its_path() {
    for count in 0..70 {
        let mut all = leaves(count);
        let mut tree = MerkleTree::new(all.clone());
        assert_eq!(tree.root(), by_the_standard(&all), "{count} leaves");
        for leaf in (0..count).step_by(7) {
            all[leaf as usize] = leaf_hash(b"changed");
            tree.set(leaf, leaf_hash(b"changed")).expect("in range");
            assert_eq!(tree, MerkleTree::new(all.clone()), "{count} leaves, {leaf} changed");
        }
        assert_eq!(tree.set(count, Hash::default()), Err(MerkleError::OutOfRange { leaf: count, leaves: count }));
        assert_eq!((tree.len(), tree.is_empty()), (count, count == 0));
    }
}

/// Oracle: leaf by leaf, and the count without trees.
#[test]
fn a_difference_is_found_whole_and_as_cheaply_as_counted() {
    for depth in 0..=6_u32 {
        let count = 1_u64 << depth;
        let one = MerkleTree::new(leaves(count));
        for pattern in 0..200_u64 {
            let differs = |leaf: &u64| base::stable_hash_u64(pattern * 64 + leaf) % 9 < pattern % 10;
            let differing: Vec<u64> = (0..count).filter(differs).collect();
            let mut other = one.clone();
            differing.iter().for_each(|leaf| other.set(*leaf, leaf_hash(b"other")).expect("in range"));
            let found = one.difference(&other).expect("one size");
            assert_eq!(found.leaves, differing);
            assert_eq!(Ok(found.comparisons), comparisons(depth, &differing), "depth {depth}: {differing:?}");
        }
    }
    // Sizes that are no power of two: the leaves are still found, never more cheaply than they could be.
    for count in 1..40 {
        let one = MerkleTree::new(leaves(count));
        for leaf in 0..count {
            let mut other = one.clone();
            other.set(leaf, leaf_hash(b"other")).expect("in range");
            let Difference { leaves, comparisons } = one.difference(&other).expect("one size");
            assert_eq!(leaves, [leaf], "of {count}");
            assert!(comparisons <= 1 + 2 * u64::from(count.next_power_of_two().ilog2()), "{comparisons} of {count}");
        }
    }
}

/// Claim: a million keys, one different: some 20 levels, 41 comparisons.
#[test]
fn one_difference_in_a_million_leaves_takes_41_comparisons() {
    assert_eq!(comparisons(20, &[777_777]), Ok(41));
    assert_eq!(comparisons(30, &[777_777]), Ok(61), "2^30 keys: 30 levels, both children compared");
    let leaves: Vec<Hash> =
        (0..1_u64 << 20).map(|leaf| core::array::from_fn(|at| (leaf >> (at % 8 * 8)) as u8)).collect();
    let one = MerkleTree::new(leaves);
    let mut other = one.clone();
    assert_eq!(one.difference(&other), Ok(Difference { leaves: vec![], comparisons: 1 }));
    other.set(777_777, leaf_hash(b"other")).expect("in range");
    assert_eq!(one.difference(&other), Ok(Difference { leaves: vec![777_777], comparisons: 41 }));
}

/// The notes' four keys A to D, C different: root, both halves, C and D; five comparisons for four keys.
#[test]
fn with_four_keys_a_tree_costs_more_than_it_saves() {
    let replica =
        |c: &str| MerkleTree::new(["A=100", "B=200", c, "D=400"].iter().map(|key| leaf_hash(key.as_bytes())).collect());
    let found = replica("C=300").difference(&replica("C=301"));
    assert_eq!(found, Ok(Difference { leaves: vec![2], comparisons: 5 }));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let (three, four) = (MerkleTree::new(leaves(3)), MerkleTree::new(leaves(4)));
    assert_eq!(three.difference(&four), Err(MerkleError::Leaves { first: 3, second: 4 }));
    assert_eq!(comparisons(64, &[]), Err(MerkleError::TooDeep { depth: 64 }));
    assert_eq!(comparisons(3, &[8]), Err(MerkleError::OutOfRange { leaf: 8, leaves: 8 }));
    assert_eq!(comparisons(63, &[u64::MAX / 2, u64::MAX / 2]), Ok(1 + 2 * 63), "named twice, counted once");
    assert_eq!((comparisons(0, &[0]), comparisons(6, &[])), (Ok(1), Ok(1)));
}
