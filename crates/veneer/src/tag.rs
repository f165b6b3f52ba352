//! What `<name …>` in `html!` becomes: its node, put together in one place and not, as the compiler would have it, at every tag.

use original::html::NodeRef;
use original::virtual_dom::listeners::Listeners;
use original::virtual_dom::{self, AttrValue, Attributes, Key, VNode};

/// Where the macro finds how elements are made. A tag whose name is computed (`<@{name}>`) is not among them.
#[derive(Debug)]
pub struct VTag;

impl VTag {
    /// An element without a value of its own.
    #[doc(hidden)]
    #[inline(never)]
    pub fn __new_other(
        tag: AttrValue,
        node_ref: NodeRef,
        key: Option<Key>,
        attributes: Attributes,
        listeners: Listeners,
        children: VNode,
    ) -> VNode {
        VNode::from(virtual_dom::VTag::__new_other(tag, node_ref, key, attributes, listeners, children))
    }

    /// An `input`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn __new_input(
        value: Option<AttrValue>,
        checked: Option<bool>,
        node_ref: NodeRef,
        key: Option<Key>,
        attributes: Attributes,
        listeners: Listeners,
    ) -> VNode {
        VNode::from(virtual_dom::VTag::__new_input(value, checked, node_ref, key, attributes, listeners))
    }

    /// A `textarea`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn __new_textarea(
        value: Option<AttrValue>,
        default: Option<AttrValue>,
        node_ref: NodeRef,
        key: Option<Key>,
        attributes: Attributes,
        listeners: Listeners,
    ) -> VNode {
        VNode::from(virtual_dom::VTag::__new_textarea(value, default, node_ref, key, attributes, listeners))
    }
}
