//! Trie: words letter by letter, so that everything that begins alike lies together. What suggests while somebody types.
//!
//! ```text
//!        m            "m": look through everything below, or read the best that are stored here
//!        a
//!      ┌─┼───┐
//!      c h   n        a walk of as many steps as the prefix has letters, whatever the number of words
//! ```
//!
//! The rule: words have weights; the best are those of greatest weight, ties in the order of their letters (code points). Without
//! stored bests a suggestion walks the prefix and then everything below it: for short prefixes nearly all of the trie. With the best
//! `top` stored at every node it reads one list; a change then renews the lists of its path, O(letters · children · top), and
//! memory grows with the number of nodes times `top`.
//!
//! Source: Fredkin, Trie Memory (1960).
//!
//! When not: words mistyped ([`Trie::fuzzy`] costs more), or texts to be found by a word in their middle ([`Index`](crate::Index)).

use crate::fuzzy::Row;
use core::cmp::Reverse;

/// A word with its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The word.
    pub word: String,
    /// How much it is wanted.
    pub weight: u64,
}

/// The best words, and how many nodes were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggested {
    /// Best first.
    pub best: Vec<Suggestion>,
    /// Nodes.
    pub visited: u32,
}

/// One node: all words that begin with the letters on the way to it.
#[derive(Clone, Debug, Default)]
struct Node {
    /// Ascending by letter.
    children: Vec<(char, u32)>,
    /// The word that ends here.
    word: Option<u32>,
    /// The best words at or below it, best first, if lists are stored.
    best: Vec<u32>,
}

/// A trie. Nodes of removed words stay until it is built anew.
#[derive(Clone, Debug)]
pub struct Trie {
    top: usize,
    nodes: Vec<Node>,
    words: Vec<Suggestion>,
    count: u32,
}

impl Trie {
    /// An empty trie that stores the best `top` words at every node; 0 stores none.
    #[must_use]
    pub fn new(top: usize) -> Trie {
        Trie { top, nodes: vec![Node::default()], words: Vec::new(), count: 0 }
    }

    /// The trie of these words; of one that comes twice the last weight. The same as putting them in one by one, with every list
    /// made once: O(letters + nodes · children · top).
    #[must_use]
    pub fn build<'a>(top: usize, words: impl IntoIterator<Item = (&'a str, u64)>) -> Trie {
        let mut trie = Trie::new(0);
        for (word, weight) in words {
            trie.insert(word, weight);
        }
        trie.top = top;
        // A node is younger than the one above it.
        let nodes: Vec<u32> = (0..trie.nodes.len() as u32).collect();
        trie.renew(&nodes);
        trie
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many nodes there are, and how many words their lists hold: what memory it takes.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.nodes.len() as u32, self.nodes.iter().map(|node| node.best.len() as u32).sum())
    }

    /// Puts a word in, or gives it another weight; the weight before.
    pub fn insert(&mut self, word: &str, weight: u64) -> Option<u64> {
        let path = self.path_or_new(word);
        let end = path[path.len() - 1] as usize;
        let before = match self.nodes[end].word {
            Some(index) => Some(core::mem::replace(&mut self.words[index as usize].weight, weight)),
            None => {
                self.nodes[end].word = Some(self.words.len() as u32);
                self.words.push(Suggestion { word: word.to_owned(), weight });
                self.count += 1;
                None
            }
        };
        self.renew(&path);
        before
    }

    /// Takes a word out; its weight if it was there.
    pub fn remove(&mut self, word: &str) -> Option<u64> {
        let path = self.path(word)?;
        let index = self.nodes[path[path.len() - 1] as usize].word.take()?;
        self.count -= 1;
        self.renew(&path);
        Some(self.words[index as usize].weight)
    }

    /// The weight of a word that is there.
    #[must_use]
    pub fn weight(&self, word: &str) -> Option<u64> {
        let path = self.path(word)?;
        self.nodes[path[path.len() - 1] as usize].word.map(|index| self.words[index as usize].weight)
    }

    fn child(&self, at: u32, letter: char) -> Option<u32> {
        let children = &self.nodes[at as usize].children;
        children.binary_search_by_key(&letter, |child| child.0).ok().map(|index| children[index].1)
    }

    /// The nodes on the way to the end of a prefix, the root first.
    fn path(&self, prefix: &str) -> Option<Vec<u32>> {
        let mut path = vec![0];
        for letter in prefix.chars() {
            path.push(self.child(path[path.len() - 1], letter)?);
        }
        Some(path)
    }

    fn path_or_new(&mut self, word: &str) -> Vec<u32> {
        let mut path = vec![0_u32];
        for letter in word.chars() {
            let at = path[path.len() - 1];
            let next = self.child(at, letter).unwrap_or_else(|| {
                let new = self.nodes.len() as u32;
                self.nodes.push(Node::default());
                let children = &mut self.nodes[at as usize].children;
                let place = children.partition_point(|child| child.0 < letter);
                children.insert(place, (letter, new));
                new
            });
            path.push(next);
        }
        path
    }

    /// Makes the stored lists of a path true again, from its end up.
    fn renew(&mut self, path: &[u32]) {
        if self.top == 0 {
            return;
        }
        for at in path.iter().rev() {
            let node = &self.nodes[*at as usize];
            let below = node.children.iter().flat_map(|(_, child)| &self.nodes[*child as usize].best);
            let mut best: Vec<u32> = node.word.iter().chain(below).copied().collect();
            self.sort(&mut best, self.top);
            self.nodes[*at as usize].best = best;
        }
    }

    /// Best first, and no more than `most`.
    fn sort(&self, words: &mut Vec<u32>, most: usize) {
        words.sort_by_key(|index| {
            let word = &self.words[*index as usize];
            (Reverse(word.weight), word.word.as_str())
        });
        words.truncate(most);
    }

    /// All words that begin with the prefix, in the order of their letters.
    #[must_use]
    pub fn matches(&self, prefix: &str) -> Vec<Suggestion> {
        let (words, _) = self.below(prefix);
        words.iter().map(|index| self.words[*index as usize].clone()).collect()
    }

    /// The letters with which words that begin with the prefix go on, ascending.
    pub fn letters(&self, prefix: &str) -> impl Iterator<Item = char> + '_ {
        let end = self.path(prefix).and_then(|path| path.last().copied());
        let children = end.map(|end| self.nodes[end as usize].children.as_slice()).unwrap_or_default();
        children.iter().map(|(letter, _)| *letter)
    }

    /// The words at and below a prefix, in the order of their letters, and how many nodes were looked at.
    fn below(&self, prefix: &str) -> (Vec<u32>, u32) {
        let Some(path) = self.path(prefix) else { return (Vec::new(), 0) };
        let mut visited = path.len() as u32 - 1;
        let (mut words, mut open) = (Vec::new(), vec![path[path.len() - 1]]);
        while let Some(at) = open.pop() {
            let node = &self.nodes[at as usize];
            visited += 1;
            words.extend(node.word);
            open.extend(node.children.iter().rev().map(|(_, child)| *child));
        }
        (words, visited)
    }

    /// The best `k` words that begin with the prefix: from the stored list if that is long enough, else by looking at all.
    #[must_use]
    pub fn suggest(&self, prefix: &str, k: usize) -> Suggested {
        let Some(path) = self.path(prefix) else { return Suggested::default() };
        let node = &self.nodes[path[path.len() - 1] as usize];
        let (mut words, visited) =
            if k <= self.top { (node.best.clone(), path.len() as u32) } else { self.below(prefix) };
        self.sort(&mut words, k);
        Suggested { best: words.iter().map(|index| self.words[*index as usize].clone()).collect(), visited }
    }

    /// The best `k` words at most `edits` letters put in, left out or exchanged away: fewer edits first, then by weight.
    #[must_use]
    pub fn fuzzy(&self, word: &str, edits: u32, k: usize) -> Suggested {
        let letters: Vec<char> = word.chars().collect();
        let mut found: Vec<(u32, u32)> = Vec::new();
        let (mut visited, mut open) = (0, vec![(0_u32, Row::first(letters.len()))]);
        while let Some((at, row)) = open.pop() {
            visited += 1;
            let node = &self.nodes[at as usize];
            found.extend(node.word.filter(|_| row.distance() <= edits).map(|index| (row.distance(), index)));
            let next = node.children.iter().map(|(letter, child)| (*child, row.next(&letters, *letter)));
            // Nothing below can be nearer than the nearest cell of the row.
            open.extend(next.filter(|(_, row)| row.least() <= edits));
        }
        found.sort_by_key(|(distance, index)| {
            let word = &self.words[*index as usize];
            (*distance, Reverse(word.weight), word.word.as_str())
        });
        let best = found.iter().take(k).map(|(_, index)| self.words[*index as usize].clone());
        Suggested { best: best.collect(), visited }
    }
}
