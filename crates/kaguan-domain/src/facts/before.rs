//! What a file said of somebody before a replacement was applied for with something else: it is said again when nothing comes of the
//! application (Articles 8, 27 and 29).

use crate::facts::form::ApplicationForm;
use crate::facts::identity::{HeldDocument, PastNumber};
use crate::facts::photo::PhotoRef;
use serde::{Deserialize, Serialize};

/// What stood in the file, as it would stand without the application: what was corrected meanwhile, and was not stated with the
/// application, is written here too.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Before {
    pub details: ApplicationForm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<PhotoRef>,
    /// The list of the file, as it was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<HeldDocument>,
    /// Earlier social security numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<PastNumber>,
}

impl Before {
    /// The details are corrected while the application waits. The name, and what else only an application states, belongs to it; the
    /// document does when the application came with another one; contacts never do, and of everything else what it has left alone.
    pub(crate) fn corrected(&mut self, was: &ApplicationForm, now: &ApplicationForm) {
        let own_document = self.details.identifier() != was.identifier();
        let before = &mut self.details;
        // Every field is named: a new one does not compile until somebody has decided here.
        let ApplicationForm {
            form_no: _,
            bank: _,
            collection_point: _,
            photo_receipt: _,
            delivery: _,
            name: _,
            ssn: _,
            nationality,
            category,
            document,
            document_valid_from,
            issuing_authority,
            mobile,
            phone,
            postal_address,
            card_kind,
            sex,
            ethnicity,
            birth_date,
            occupation,
            employer_no,
            employer_name,
            guardian,
            optional,
        } = now;
        if !own_document {
            before.nationality.clone_from(nationality);
            before.category = *category;
            before.document = document.clone();
            before.document_valid_from = *document_valid_from;
            before.issuing_authority.clone_from(issuing_authority);
        }
        macro_rules! written {
            ($($field:ident if $when:expr),+ $(,)?) => { $(
                if was.$field != *$field && $when {
                    before.$field.clone_from($field);
                }
            )+ };
        }
        written! {
            mobile if true,
            phone if true,
            postal_address if true,
            card_kind if before.card_kind == was.card_kind,
            sex if before.sex == was.sex,
            ethnicity if before.ethnicity == was.ethnicity,
            birth_date if before.birth_date == was.birth_date,
            occupation if before.occupation == was.occupation,
            employer_no if before.employer_no == was.employer_no,
            employer_name if before.employer_name == was.employer_name,
            guardian if before.guardian == was.guardian,
            optional if before.optional == was.optional,
        }
    }
}
