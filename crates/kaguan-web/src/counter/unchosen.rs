//! A form in which something had to be chosen and was not: nothing is done, and all that is missing is told at once (R8.5).

use super::{Business, CounterPage, Typed, shown};
use crate::Console;
use crate::holder::people::stated::Stated;
use crate::may::May;
use crate::session::SignedIn;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::ids::HolderId;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::{Failure, Looked};

/// What was not chosen, as a phrase, and the commands that it could have been of somebody.
pub(super) type Unchosen<'a> = (String, &'a (dyn Fn(&Looked) -> Vec<HolderCommand> + Send + Sync));

/// The page again, with what was not chosen and everything else that is missing.
pub(super) async fn unchosen(
    of: &'static Business,
    act: &'static str,
    console: &Console,
    me: &SignedIn,
    form: &Stated,
    what: Unchosen<'_>,
) -> CounterPage {
    let why = incomplete(of, console, me, form.holder(), what).await;
    let frame = of.frame(me).after(Err::<(), _>(why), "");
    shown(of, console, me, frame, form.holder(), Typed::of(act, form)).await
}

/// What was not chosen, with everything else that is missing whichever of the commands it was to be. When none of them can be done at all,
/// that alone.
pub(super) async fn incomplete(
    of: &Business,
    console: &Console,
    me: &SignedIn,
    id: HolderId,
    (what, could): Unchosen<'_>,
) -> Failure {
    clause!(R8.5);
    let seen = match console.service.look(me.ctx(console), id, of.why).await {
        Ok(seen) => seen,
        Err(why) => return why,
    };
    let may = May::of(console, me);
    let of_the_post = [Reason::PostNotAskedFor, Reason::PostNotExplained, Reason::WrongPickUpCode];
    let mut lacking = Vec::new();
    let mut not_at_all = None;
    for command in could(&seen) {
        match may.refused(&seen, &command) {
            Some(refused) if !may.about(&seen, &command) && !of_the_post.contains(&refused.reason) => {
                not_at_all.get_or_insert(refused);
            }
            refused => lacking.push((command, refused)),
        }
    }
    let refusal = match not_at_all.filter(|_| lacking.is_empty()) {
        Some(refused) => refused,
        None => all_lack(what, &lacking),
    };
    Failure::Refused(Box::new(refusal))
}

/// What was not chosen, and what all of these commands lack: by the articles of all of them, and under the reason that they share.
fn all_lack(what: String, lacking: &[(HolderCommand, Option<Refusal>)]) -> Refusal {
    let refusals: Option<Vec<&Refusal>> = lacking.iter().map(|(_, refused)| refused.as_ref()).collect();
    let (first, others) = match refusals.as_deref() {
        Some([first, others @ ..]) => (*first, others),
        Some([]) | None => {
            let by = lacking.iter().map(|(command, _)| command.clause()).collect();
            return Refusal { by, ..Refusal::about(Reason::MaterialDefective, what) };
        }
    };
    let one_reason = others.iter().all(|other| other.reason == first.reason);
    let parts = |refused: &Refusal| -> Vec<String> {
        let about = refused.about.as_deref().unwrap_or_default();
        // A reason that says it all is a part of what is missing where it is not the headline.
        let bare = (!one_reason && about.is_empty()).then(|| refused.reason.says().to_owned());
        about.split('；').filter(|part| !part.is_empty()).map(str::to_owned).chain(bare).collect()
    };
    let common = parts(first).into_iter().filter(|part| others.iter().all(|o| parts(o).contains(part)));
    let about = std::iter::once(what).chain(common).collect::<Vec<_>>().join("；");
    if one_reason && others.is_empty() {
        return Refusal { about: Some(about), ..first.clone() };
    }
    let by = lacking.iter().map(|(command, _)| command.clause()).collect();
    match one_reason {
        true => Refusal { about: Some(about), by, ..first.clone() },
        false => Refusal { by, ..Refusal::about(Reason::MaterialDefective, about) },
    }
}
