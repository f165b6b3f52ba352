//! Lists of named choices, such as the algorithms of a family: written once, offered everywhere.

/// Makes an enum of choices, each with the name it has in files and on screen and one line of help, and the list of all of them in
/// the order in which they are saved. Attributes are kept, and the help is each choice's documentation.
///
/// ```
/// base::choices! {
///     /// Which fruit.
///     pub enum Fruit {
///         Apple = "apple", "Keeps through the winter.";
///         Pear = "pear", "Is best on one day.";
///     }
/// }
/// assert_eq!(Fruit::ALL.iter().map(|fruit| fruit.name()).collect::<Vec<_>>(), ["apple", "pear"]);
/// assert_eq!(Fruit::Pear.help(), "Is best on one day.");
/// ```
#[macro_export]
macro_rules! choices {
    ($(#[$about:meta])* $vis:vis enum $list:ident { $($(#[$own:meta])* $choice:ident = $name:literal, $help:literal;)+ }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $(#[$about])*
        $vis enum $list {
            $(#[doc = $help] $(#[$own])* $choice,)+
        }

        impl $list {
            /// All of them, in the order in which they are saved.
            pub const ALL: &[$list] = &[$($list::$choice),+];

            /// The name in files and on screen.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($list::$choice => $name),+ }
            }

            /// One line for a person who chooses.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $($list::$choice => $help),+ }
            }
        }
    };
}
