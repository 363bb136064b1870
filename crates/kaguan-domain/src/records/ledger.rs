//! 业务台账 (Article 6): which lines of the journal are businesses that an office did.

use crate::clause;
use crate::facts::institution::{OrgKind, Role};
use crate::permission::Verb;

/// Looks, questions and printed papers, and what officers do about their own accounts: nothing is done for anybody by any of them.
const NO_BUSINESS: [Verb; 23] = [
    Verb::PrintUnitForms,
    Verb::PrintVoucher,
    Verb::PrintRegister,
    Verb::PrintReceipt,
    Verb::OpenBoxPaper,
    Verb::FindOthers,
    Verb::AskCardStatus,
    Verb::AskProgress,
    Verb::TakeHeldCards,
    Verb::LookAtHolder,
    Verb::LookAtBlanks,
    Verb::LookAtDifferences,
    Verb::LookAtBatches,
    Verb::LookAtBoxes,
    Verb::LookAtReminders,
    Verb::LookAtReports,
    Verb::LookAtLedger,
    Verb::ChangePassword,
    Verb::SetSecondFactor,
    Verb::EndSecondFactor,
    Verb::UseRecoveryCode,
    Verb::SignIn,
    Verb::SignOut,
];

/// Whether a verb is a business that stands in 业务台账: something that an office does, and not what only administrators or partners do,
/// which 审计日志 has.
fn is_business(verb: Verb) -> bool {
    !NO_BUSINESS.contains(&verb) && verb.roles().iter().any(|role| !role.administers())
}

/// The businesses of offices of some kinds, in the order of the matrix; `alone` where holders serve themselves at a machine there.
pub fn businesses_of(kinds: &[OrgKind], alone: bool) -> Vec<Verb> {
    clause!(R6.1);
    let there = |role: &Role| kinds.iter().any(|kind| role.belongs_in(*kind));
    let of = |verb: &Verb| {
        is_business(*verb) && (verb.roles().iter().any(there) || alone && Verb::AT_KIOSK.contains(verb))
    };
    Verb::ALL.iter().copied().filter(of).collect()
}
