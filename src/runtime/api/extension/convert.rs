//! Conversions between the types that a version's interface defines and the neutral ones.
//!
//! [`To`] is `Into` with what `Into` cannot have: an implementation for every list, option and pair of
//! what converts. [`convert!`] writes the rest by name.

/// A conversion of a value into the type of the other side.
pub(super) trait To<T> {
    /// The value in the other side's type.
    fn to(self) -> T;
}

/// A conversion of a value that may have no form on the other side: an IPv6 address towards a world that has
/// none, text that should be JSON and is not.
pub(super) trait TryTo<T> {
    /// The value in the other side's type, or why there is none, as the end of a sentence about it.
    fn try_to(self) -> Result<T, String>;
}

impl<A: To<B>, B> To<Vec<B>> for Vec<A> {
    fn to(self) -> Vec<B> {
        self.into_iter().map(To::to).collect()
    }
}

impl<A: To<B>, B> To<Option<B>> for Option<A> {
    fn to(self) -> Option<B> {
        self.map(To::to)
    }
}

impl<A: To<C>, B: To<D>, C, D> To<(C, D)> for (A, B) {
    fn to(self) -> (C, D) {
        (self.0.to(), self.1.to())
    }
}

impl<A: TryTo<B>, B> TryTo<Option<B>> for Option<A> {
    fn try_to(self) -> Result<Option<B>, String> {
        self.map(TryTo::try_to).transpose()
    }
}

/// Types that are the same on both sides.
macro_rules! same {
    ($($type:ty)*) => {
        $(impl To<$type> for $type {
            fn to(self) -> $type {
                self
            }
        })*
    };
}

same! { () bool i32 u8 u16 u32 u64 String }

/// Writes conversions by the names of fields and cases.
///
/// - `try struct A => B { x, .. ; json y; try z }` also takes fields that may have no form there: `y`, whose text
///   is JSON, and `z`, itself converted so.
/// - `struct A => B { x, y }` takes the fields named, by access and never by an exhaustive pattern: a
///   field that the neutral model gains later is left out by itself. With `..` at the end, fields of
///   the neutral `B` that are not named get their defaults.
/// - `enum A => B { x, y(_) }` takes the cases named; `_ => z` catches neutral cases of later versions.
macro_rules! convert {
    () => {};
    (struct $from:ty => $to:ty { $($field:ident),* $(,)? } $($rest:tt)*) => {
        impl $crate::runtime::api::extension::convert::To<$to> for $from {
            fn to(self) -> $to {
                type To = $to;
                To { $($field: $crate::runtime::api::extension::convert::To::to(self.$field)),* }
            }
        }
        convert! { $($rest)* }
    };
    (struct $from:ty => $to:ty { $($field:ident),*, .. } $($rest:tt)*) => {
        impl $crate::runtime::api::extension::convert::To<$to> for $from {
            fn to(self) -> $to {
                type To = $to;
                #[allow(clippy::needless_update, reason = "the neutral type may gain fields")]
                To {
                    $($field: $crate::runtime::api::extension::convert::To::to(self.$field),)*
                    ..Default::default()
                }
            }
        }
        convert! { $($rest)* }
    };
    (try struct $from:ty => $to:ty {
        $($field:ident),*, .. $(; json $($json:ident),*)? $(; try $($tried:ident),*)?
    } $($rest:tt)*) => {
        impl $crate::runtime::api::extension::convert::TryTo<$to> for $from {
            fn try_to(self) -> Result<$to, String> {
                type To = $to;
                #[allow(clippy::needless_update, reason = "the neutral type may gain fields")]
                Ok(To {
                    $($field: $crate::runtime::api::extension::convert::To::to(self.$field),)*
                    $($($json: $crate::runtime::api::extension::json::field(
                        stringify!($json), &self.$json
                    )?,)*)?
                    $($($tried: $crate::runtime::api::extension::convert::TryTo::try_to(
                        self.$tried
                    )?,)*)?
                    ..Default::default()
                })
            }
        }
        convert! { $($rest)* }
    };
    (enum $from:ty => $to:ty {
        $($case:ident $(($payload:ident))?),* $(,)? $(; _ => $other:ident)?
    } $($rest:tt)*) => {
        impl $crate::runtime::api::extension::convert::To<$to> for $from {
            fn to(self) -> $to {
                type From = $from;
                type To = $to;
                match self {
                    $(From::$case $(($payload))? => To::$case $((
                        $crate::runtime::api::extension::convert::To::to($payload)
                    ))?,)*
                    $(_ => To::$other,)?
                }
            }
        }
        convert! { $($rest)* }
    };
}
