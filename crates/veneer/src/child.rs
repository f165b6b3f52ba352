//! What `<Name …/>` in `html!` becomes: its node, made at once, since by then nothing of the type is needed any more.

use crate::shared::{Shared, SharedProps};
use original::functional::FunctionProvider;
use original::html::{BaseComponent, Component, IntoPropValue};
use original::virtual_dom::{Key, VComp, VNode};
use std::marker::PhantomData;
use std::rc::Rc;

/// A component of type `C` as somebody's child.
#[derive(Debug)]
pub struct VChild<C> {
    node: VNode,
    of: PhantomData<fn() -> C>,
}

/// A function component becomes the shared one.
impl<C: BaseComponent + FunctionProvider<Properties = <C as BaseComponent>::Properties>> VChild<C> {
    /// The child with these properties, and with a key where its list has keys.
    #[must_use]
    pub fn new(props: <C as BaseComponent>::Properties, key: Option<Key>) -> VChild<C> {
        VChild::of::<Shared>(SharedProps::new::<C>(props), key)
    }
}

/// A struct component becomes itself. The macro's `VChild::<C>::new` finds this one where the one of functions does not hold.
pub trait StructChild<C: BaseComponent> {
    /// The child with these properties, and with a key where its list has keys.
    #[expect(clippy::new_ret_no_self, reason = "the macro asks for it by this name")]
    fn new(props: C::Properties, key: Option<Key>) -> VChild<C>;
}

impl<C: Component> StructChild<C> for VChild<C> {
    fn new(props: <C as Component>::Properties, key: Option<Key>) -> VChild<C> {
        VChild::of::<C>(props, key)
    }
}

impl<C> VChild<C> {
    fn of<Mounted: BaseComponent>(props: Mounted::Properties, key: Option<Key>) -> VChild<C> {
        VChild { node: VNode::from(VComp::new::<Mounted>(Rc::new(props), key)), of: PhantomData }
    }
}

impl<C> From<VChild<C>> for VNode {
    fn from(child: VChild<C>) -> VNode {
        child.node
    }
}

impl<C> IntoPropValue<VNode> for VChild<C> {
    fn into_prop_value(self) -> VNode {
        self.node
    }
}
