//! Merkle trees.

use crate::{Number, Outcome, Refusal, Row, ask};
use replication::merkle::{self, MerkleTree};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) const TABLE: &[Row] = &[("merkle-diff", difference), ("merkle-root", root)];

fn difference(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        depth: u32,
        differing_leaves: Vec<Number>,
    }
    #[derive(Serialize)]
    struct Answer {
        node_comparisons: Number,
    }
    ask(request, |request: Request| {
        let leaves: Vec<u64> = request.differing_leaves.iter().map(|leaf| leaf.0).collect();
        let comparisons = merkle::comparisons(request.depth, &leaves).map_err(Refusal::new)?;
        Ok(Answer { node_comparisons: Number(comparisons) })
    })
}

fn root(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        leaves_hex: Vec<String>,
    }
    #[derive(Serialize)]
    struct Answer {
        root: String,
    }
    ask(request, |request: Request| {
        let leaves: Result<Vec<_>, Refusal> =
            request.leaves_hex.iter().map(|leaf| Ok(merkle::leaf_hash(&bytes(leaf)?))).collect();
        let root = MerkleTree::new(leaves?).root();
        Ok(Answer { root: root.iter().map(|byte| format!("{byte:02x}")).collect() })
    })
}

/// The bytes of two hexadecimal digits each.
fn bytes(digits: &str) -> Result<Vec<u8>, Refusal> {
    let no_bytes = || Refusal(format!("{digits:?} is no row of bytes in hexadecimal digits"));
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8).ok_or_else(no_bytes);
    if !digits.len().is_multiple_of(2) {
        return Err(no_bytes());
    }
    digits.as_bytes().chunks(2).map(|pair| Ok(digit(&pair[0])? << 4 | digit(&pair[1])?)).collect()
}
