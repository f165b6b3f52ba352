//! The one component as which every function component is mounted.

use original::functional::{FunctionComponent, FunctionProvider, HookContext};
use original::html::{BaseComponent, Context, HtmlResult, Properties};
use original::virtual_dom::{Key, VList, VNode};
use std::any::Any;
use std::fmt;
use std::rc::Rc;

/// A function with its properties, without their types.
trait Call: Any {
    /// Renders.
    fn run(&self, hooks: &mut HookContext) -> HtmlResult;

    /// Whether `other` is the same function with equal properties.
    fn is_equal(&self, other: &dyn Call) -> bool;
}

/// The properties `F::Properties` of the component `F`.
struct Typed<F: FunctionProvider>(F::Properties);

impl<F: FunctionProvider + 'static> Call for Typed<F> {
    fn run(&self, hooks: &mut HookContext) -> HtmlResult {
        F::run(hooks, &self.0)
    }

    fn is_equal(&self, other: &dyn Call) -> bool {
        (other as &dyn Any).downcast_ref::<Typed<F>>().is_some_and(|other| self.0 == other.0)
    }
}

/// Which function is to be shown, and with what.
#[derive(Clone)]
pub struct SharedProps(Rc<dyn Call>);

impl SharedProps {
    /// The component `F` with its properties.
    #[must_use]
    pub fn new<F: FunctionProvider + 'static>(props: F::Properties) -> SharedProps {
        SharedProps(Rc::new(Typed::<F>(props)))
    }

    fn is_of_the_same_function(&self, other: &SharedProps) -> bool {
        let of = |props: &SharedProps| (&*props.0 as &dyn Any).type_id();
        of(self) == of(other)
    }
}

impl PartialEq for SharedProps {
    fn eq(&self, other: &SharedProps) -> bool {
        self.0.is_equal(&*other.0)
    }
}

impl fmt::Debug for SharedProps {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedProps<_>")
    }
}

impl Properties for SharedProps {
    // Nobody writes this component into a page, so nothing builds its properties one by one.
    type Builder = ();

    fn builder() {}
}

/// The one component.
#[derive(Debug)]
pub struct Shared {
    function: FunctionComponent<Shared>,
    /// How many other functions have stood here before.
    generation: u32,
}

impl FunctionProvider for Shared {
    type Properties = SharedProps;

    fn run(hooks: &mut HookContext, props: &SharedProps) -> HtmlResult {
        props.0.run(hooks)
    }
}

impl BaseComponent for Shared {
    type Message = ();
    type Properties = SharedProps;

    fn create(ctx: &Context<Shared>) -> Shared {
        Shared { function: FunctionComponent::new(ctx), generation: 0 }
    }

    fn update(&mut self, _: &Context<Shared>, (): ()) -> bool {
        true
    }

    /// Yew asks only when the properties differ. When the function does, too, its hooks begin anew.
    fn changed(&mut self, ctx: &Context<Shared>, old: &SharedProps) -> bool {
        if !ctx.props().is_of_the_same_function(old) {
            self.function.destroy();
            self.function = FunctionComponent::new(ctx);
            self.generation += 1;
        }
        true
    }

    /// What the function shows, in a list of one whose key is the generation: Yew keeps elements that stand in the same place, and
    /// those of another function must not be kept.
    fn view(&self, ctx: &Context<Shared>) -> HtmlResult {
        let shown = self.function.render(ctx.props())?;
        let keyed = VList::with_children(vec![shown], Some(Key::from(self.generation)));
        Ok(VNode::from(VList::with_children(vec![VNode::from(keyed)], None)))
    }

    fn rendered(&mut self, _: &Context<Shared>, _: bool) {
        self.function.rendered();
    }

    fn destroy(&mut self, _: &Context<Shared>) {
        self.function.destroy();
    }

    fn prepare_state(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row;
    struct Line;

    impl FunctionProvider for Row {
        type Properties = ();
        fn run(_: &mut HookContext, (): &()) -> HtmlResult {
            Ok(VNode::default())
        }
    }

    impl FunctionProvider for Line {
        type Properties = ();
        fn run(_: &mut HookContext, (): &()) -> HtmlResult {
            Ok(VNode::default())
        }
    }

    #[test]
    fn another_function_with_the_same_properties_is_another_component() {
        let (row, line) = (SharedProps::new::<Row>(()), SharedProps::new::<Line>(()));
        assert!(row == SharedProps::new::<Row>(()) && row.is_of_the_same_function(&SharedProps::new::<Row>(())));
        assert!(row != line && !row.is_of_the_same_function(&line));
    }
}
