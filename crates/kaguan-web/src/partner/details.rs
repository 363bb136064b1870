//! The applicant's details between the domain's words and the wire's.

use kaguan_api::details::Details as Wire;
use kaguan_domain::account_opening::Details;

macro_rules! both_ways {
    ($($(#[$doc:meta])* $member:ident, $title:literal;)*) => {
        /// As it goes out.
        pub(super) fn wire(d: Details) -> Wire {
            Wire { $($member: d.$member),* }
        }

        /// As it came back.
        pub(super) fn back(d: Wire) -> Box<Details> {
            Box::new(Details { $($member: d.$member),* })
        }
    };
}

kaguan_api::with_details!(both_ways);
