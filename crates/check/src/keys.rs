//! A value for each key, in pages that clones share until one of them is written.
//!
//! Keys below 2^20 are found by their place; others in a hash map that is never iterated. Untouched pages cost nothing, and a
//! checkpoint copies only the pages written since: about 3 KB for each of them.

use base::stable_hash_u64;
use core::hash::{BuildHasher, Hasher};
use hashbrown::HashMap;
use std::sync::Arc;

const PAGE: usize = 64;
const NEAR: u64 = 1 << 20;
/// Keys at or above 2^20 that are followed; the rest are not, and are counted by whoever asks.
const FAR_MAX: usize = 1 << 16;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Keys<T> {
    pages: Vec<Option<Arc<[T; PAGE]>>>,
    far: Arc<HashMap<u64, T, Stable>>,
}

impl<T> Default for Keys<T> {
    fn default() -> Keys<T> {
        Keys { pages: Vec::new(), far: Arc::default() }
    }
}

impl<T: Copy + Default> Keys<T> {
    /// The value of `key`, if it ever got one.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> Option<&T> {
        if key < NEAR {
            let page = self.pages.get(key as usize / PAGE)?.as_ref()?;
            Some(&page[key as usize % PAGE])
        } else {
            self.far.get(&key)
        }
    }

    /// The value of `key`, to be changed; `None` when there are too many far keys to follow another.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut T> {
        if key >= NEAR {
            return self.far_mut(key);
        }
        let at = key as usize / PAGE;
        if at >= self.pages.len() {
            self.pages.resize(at + 1, None);
        }
        let page = self.pages[at].get_or_insert_with(|| Arc::new([T::default(); PAGE]));
        Some(&mut Arc::make_mut(page)[key as usize % PAGE])
    }

    fn far_mut(&mut self, key: u64) -> Option<&mut T> {
        if self.far.len() >= FAR_MAX && !self.far.contains_key(&key) {
            return None;
        }
        Some(Arc::make_mut(&mut self.far).entry(key).or_default())
    }
}

/// Hashes a single number the same everywhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stable(u64);

impl BuildHasher for Stable {
    type Hasher = Stable;
    fn build_hasher(&self) -> Stable {
        Stable(0)
    }
}

impl Hasher for Stable {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write_u64(&mut self, key: u64) {
        self.0 = stable_hash_u64(key);
    }
    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("only whole keys are hashed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn near_and_far_keys_keep_their_values_and_clones_theirs() {
        let mut keys = Keys::default();
        let all = [0, 1, 63, 64, NEAR - 1, NEAR, u64::MAX];
        for key in all {
            *keys.get_mut(key).expect("there is room") = key ^ 7;
        }
        let kept = keys.clone();
        for key in all {
            *keys.get_mut(key).expect("there is room") = 1;
            assert_eq!((kept.get(key), keys.get(key)), (Some(&(key ^ 7)), Some(&1)));
        }
        assert_eq!((kept.get(65), kept.get(5_000), kept.get(NEAR + 1)), (Some(&0), None, None));
    }

    #[test]
    fn far_keys_are_bounded() {
        let mut keys = Keys::<u8>::default();
        assert!((0..FAR_MAX as u64).all(|key| keys.get_mut(NEAR + key).is_some()));
        assert!(keys.get_mut(u64::MAX).is_none() && keys.get_mut(NEAR).is_some() && keys.get_mut(3).is_some());
    }
}
