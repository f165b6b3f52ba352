//! The order of a sequence's nodes, in blocks: finding the n-th visible one, and putting one in beside another, touch one block
//! and a line of block sizes, O(n / 256 + 256) with a very small constant.

/// Nodes in a block before it is split.
const BLOCK_MAX: usize = 256;

/// A run of neighbouring nodes.
#[derive(Clone, Debug, Default)]
struct Block {
    nodes: Vec<u32>,
    visible: usize,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    block: u32,
    is_visible: bool,
}

/// An order of the nodes 0, 1, 2, …, of which some are visible. Node 0 is the beginning: always first, never visible.
#[derive(Clone, Debug)]
pub(super) struct Order {
    blocks: Vec<Block>,
    /// The blocks in the order of the sequence.
    chain: Vec<u32>,
    places: Vec<Place>,
    visible: usize,
}

impl Order {
    /// The order of the beginning alone.
    pub(super) fn new() -> Order {
        let places = vec![Place { block: 0, is_visible: false }];
        Order { blocks: vec![Block { nodes: vec![0], visible: 0 }], chain: vec![0], places, visible: 0 }
    }

    /// How many are visible.
    pub(super) fn len(&self) -> usize {
        self.visible
    }

    /// The visible node at `index`, which must be below [`Order::len`].
    pub(super) fn visible_at(&self, index: usize) -> u32 {
        let mut left = index;
        for block in self.chain.iter().map(|block| &self.blocks[*block as usize]) {
            if left < block.visible {
                let mut visible = block.nodes.iter().filter(|node| self.places[**node as usize].is_visible);
                return *visible.nth(left).expect("as many are visible as the block counts");
            }
            left -= block.visible;
        }
        panic!("index {index} of {} visible nodes", self.visible)
    }

    /// The node after `node`.
    pub(super) fn next(&self, node: u32) -> Option<u32> {
        let (block, at) = self.find(node);
        if let Some(next) = self.blocks[block as usize].nodes.get(at + 1) {
            return Some(*next);
        }
        // No block is ever empty.
        self.chain.get(self.link(block) + 1).map(|next| self.blocks[*next as usize].nodes[0])
    }

    /// All nodes, the beginning first.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.chain.iter().flat_map(|block| self.blocks[*block as usize].nodes.iter().copied())
    }

    /// Puts the next node, which is numbered as there are nodes, right after `node`, visible.
    pub(super) fn push_after(&mut self, node: u32) {
        let (block, at) = self.find(node);
        self.push_at(block, at + 1);
    }

    /// Puts the next node right before `node`, visible.
    pub(super) fn push_before(&mut self, node: u32) {
        let (block, at) = self.find(node);
        self.push_at(block, at);
    }

    /// Makes a node invisible; its place stays.
    pub(super) fn hide(&mut self, node: u32) {
        let place = &mut self.places[node as usize];
        if place.is_visible {
            place.is_visible = false;
            self.blocks[place.block as usize].visible -= 1;
            self.visible -= 1;
        }
    }

    pub(super) fn is_visible(&self, node: u32) -> bool {
        self.places[node as usize].is_visible
    }

    fn push_at(&mut self, block: u32, at: usize) {
        let new = self.places.len() as u32;
        self.places.push(Place { block, is_visible: true });
        let into = &mut self.blocks[block as usize];
        into.nodes.insert(at, new);
        into.visible += 1;
        self.visible += 1;
        if into.nodes.len() > BLOCK_MAX {
            self.split(block);
        }
    }

    /// Moves the second half of a block into a new one after it.
    fn split(&mut self, block: u32) {
        let moved = self.blocks[block as usize].nodes.split_off(BLOCK_MAX / 2);
        let new = self.blocks.len() as u32;
        moved.iter().for_each(|node| self.places[*node as usize].block = new);
        let visible = moved.iter().filter(|node| self.places[**node as usize].is_visible).count();
        self.blocks[block as usize].visible -= visible;
        self.blocks.push(Block { nodes: moved, visible });
        let link = self.link(block);
        self.chain.insert(link + 1, new);
    }

    fn find(&self, node: u32) -> (u32, usize) {
        let block = self.places[node as usize].block;
        let nodes = &self.blocks[block as usize].nodes;
        (block, nodes.iter().position(|other| *other == node).expect("a node stands in its block"))
    }

    fn link(&self, block: u32) -> usize {
        self.chain.iter().position(|other| *other == block).expect("every block is in the chain")
    }
}
