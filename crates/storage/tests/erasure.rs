//! Reed–Solomon pieces: a published vector, and every choice of pieces by brute force.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use storage::erasure::{Erasure, ErasureError};

/// Oracle: the vector that Backblaze published with its coder ("testOneEncode"), five data and five spare pieces.
#[test]
fn spare_pieces_are_those_of_the_published_vector() {
    let code = Erasure::new(5, 5).expect("a code");
    let pieces = code.pieces(&[0, 1, 4, 5, 2, 3, 6, 7, 8, 9]);
    assert_eq!(&pieces[5..], [[12, 13], [10, 11], [14, 15], [90, 91], [94, 95]]);
}

/// Oracle: brute force over every set of pieces that can be left, and the bytes that went in.
#[test]
fn any_so_many_pieces_as_there_are_data_pieces_give_everything_back_and_fewer_do_not() {
    for (data, spare) in [(1, 0), (1, 2), (2, 1), (3, 3), (4, 2), (6, 3)] {
        let code = Erasure::new(data, spare).expect("a code");
        let whole: Vec<u8> = (0..25_u32).map(|at| (at * at * 7 + at) as u8).collect();
        let pieces = code.pieces(&whole);
        let mut rebuilt = 0;
        for left in 0_u32..1 << code.count() {
            let of = |n: &u16| left >> n & 1 == 1;
            let given: Vec<(u16, &[u8])> =
                (0..code.count()).filter(of).map(|n| (n, pieces[usize::from(n)].as_slice())).collect();
            let is_enough = given.len() >= usize::from(data);
            assert_eq!(
                code.whole(&given, whole.len()).ok(),
                is_enough.then(|| whole.clone()),
                "{data}+{spare}: {left:b}"
            );
            for lost in (0..code.count()).filter(|_| is_enough) {
                assert_eq!(code.piece(&given, lost).as_ref(), Ok(&pieces[usize::from(lost)]));
                rebuilt += 1;
            }
        }
        assert!(rebuilt > 0, "{data}+{spare}");
    }
}

/// Oracle: with one data piece a polynomial is constant, and every piece is the whole.
#[test]
fn one_data_piece_is_copies() {
    let code = Erasure::new(1, 2).expect("a code");
    assert!(code.pieces(b"logo").iter().all(|piece| piece == b"logo"));
}

#[test]
fn nonsense_is_refused_with_the_bound() {
    assert_eq!(Erasure::new(0, 2), Err(ErasureError::BadCode { data: 0, spare: 2 }));
    assert!(Erasure::new(200, 56).is_ok());
    assert_eq!(Erasure::new(200, 57), Err(ErasureError::BadCode { data: 200, spare: 57 }));
    let code = Erasure::new(2, 1).expect("a code");
    assert_eq!(code.whole(&[(0, b"a"), (0, b"a")], 2), Err(ErasureError::TooFew { given: 1, needed: 2 }));
    assert_eq!(code.whole(&[(0, b"a"), (1, b"bb")], 2), Err(ErasureError::UnequalLengths));
    assert_eq!(code.piece(&[(0, b"a"), (1, b"b")], 3), Err(ErasureError::NoSuchPiece { piece: 3, pieces: 3 }));
    assert!(code.pieces(b"").iter().all(Vec::is_empty));
}
