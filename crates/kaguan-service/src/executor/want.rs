//! What a command reads, loaded before it is decided.

use crate::work::{Command, Whose};
use kaguan_domain::facts::claim::Claim;
use kaguan_store::LoadRequest;

/// Everything that a command reads.
pub(super) fn want_for(command: &Command, want: &mut LoadRequest) {
    match command {
        Command::Holder { whose, command } => {
            match whose {
                Whose::Id(id) => want.holders.push(*id),
                Whose::Nobody => {}
                Whose::Number { number, .. } => want.claims.push(Claim::social_security_number(number)),
            }
            want.claims.extend(command.rule().claims());
            want.traces.extend(command.rule().seeks().traces);
            want.batches.extend(command.rule().batch());
            want.units.extend(command.rule().unit());
            want.blanks.extend(command.rule().blank());
            want.holders.extend(command.rule().other());
        }
        Command::Batch { id, command } => {
            want.batches.push(*id);
            want.units.extend(command.unit());
            want.tally = Some(*id);
        }
        Command::Unit { id, command } => {
            want.units.push(*id);
            want.claims.extend(command.claim());
        }
        Command::BlankOrder { id, .. } => {
            want.blank_orders.push(*id);
            want.tally_order = Some(*id);
        }
        Command::Blank { id, command } => {
            want.blanks.push(*id);
            want.blanks.extend(command.beside());
            want.claims.extend(command.claims());
        }
        Command::Institution(_) | Command::Messages(_) | Command::Submission(_) | Command::Door(_) => {}
    }
}
