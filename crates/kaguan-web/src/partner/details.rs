//! The applicant's details between the domain's words and the wire's.

use kaguan_api::details::Details as Wire;
use kaguan_domain::account_opening::Details;

macro_rules! both_ways {
    ($($member:ident),*) => {
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

both_ways!(
    nationality,
    document_kind,
    document_valid_until,
    sex,
    ethnicity,
    birth_date,
    person_status,
    household_kind,
    household_division,
    household_address,
    mobile,
    phone,
    postal_address,
    postcode,
    email,
    occupation,
    employer_no,
    employer_name,
    guardian_name,
    guardian_document_kind,
    guardian_document_number,
    agency,
    collection_point,
    card_kind,
    application_type,
    replacement_reason
);
