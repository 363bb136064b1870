//! Dead letters: what a partner called wrong, or could not be told in three days. Staff send one again, or settle it.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::intent::{Intent, IntentKind};
use kaguan_domain::facts::letter::{Letter, LetterKind, Link};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::link::ResolveIntent;
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::OutboxRow;

/// Whether a message carries an intent: its number says which of two holds, whatever comes last.
fn is_link(letter: &OutboxRow) -> bool {
    LetterKind::parse(&letter.kind) == Some(LetterKind::Link)
}

/// Whether the bank was asked for the same again since this message, by another one.
fn is_asked_again(intent: &Intent, letter: &OutboxRow) -> bool {
    intent.asked_at() > letter.made_at
}

/// Officers are at the console, the operator at the command line.
fn channel_of(actor: &Actor) -> Channel {
    match actor {
        Actor::Officer(_) => Channel::Console,
        Actor::System => Channel::CommandLine,
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) => Channel::Partner,
    }
}

impl Service {
    async fn letter(&self, id: i64) -> Result<OutboxRow, Failure> {
        let found = self.store().dead_letter(id).await?;
        let none = || Refusal::about(Reason::NotFound, format!("死信{id}")).by(clause!(R6.1));
        found.ok_or_else(|| none().into())
    }

    async fn handled(&self, actor: &Actor, letter: i64, again: bool, how: &str) -> Result<(), Failure> {
        let command = InstitutionCommand::HandleDeadLetter { letter, again, how: how.into() };
        let ctx = self.ctx(actor.clone(), channel_of(actor), None);
        self.execute(ctx, Command::Institution(command)).await.map(|_| ())
    }

    /// What a link message carries, and the intent of that number as it stands; `None` when the card is not there any more.
    async fn linked(&self, letter: &OutboxRow) -> Result<(Link, Option<Intent>), Failure> {
        let read = Letter::read(&letter.kind, &letter.body);
        let Letter::Link(link) = read.map_err(Failure::broken)? else {
            return Err(Failure::broken("a letter of another kind"));
        };
        let found = self.file(link.holder).await?;
        let card = found.as_ref().and_then(|(file, _)| file.card(link.card));
        let intent = card.and_then(|c| c.intents.iter().find(|i| i.seq == link.seq)).cloned();
        Ok((link, intent))
    }

    /// Sends a dead letter again, as it was; three days begin anew. One that a later message about the same subject has followed would
    /// tell the partner what is no longer so: it is refused. So is a link message when the bank was asked again since, by another.
    pub async fn send_again(&self, actor: &Actor, id: i64) -> Result<(), Failure> {
        let letter = self.letter(id).await?;
        if is_link(&letter) {
            let (_, intent) = self.linked(&letter).await?;
            if intent.is_some_and(|i| is_asked_again(&i, &letter)) {
                let again = Refusal::about(Reason::WrongStage, "此后已重新询问银行，由后一件消息询问");
                return Err(again.by(clause!(R23.1)).way("请办结该死信").into());
            }
        } else if self.store().outbox_followed(&letter).await? {
            let followed = Refusal::about(Reason::WrongStage, "此后已有关于同一对象的消息，不能再发");
            return Err(followed.by(clause!(R6.1)).way("请办结该死信").into());
        }
        self.handled(actor, id, true, "").await?;
        let sent = self.store().send_dead_letter(id, self.now()).await;
        sent.map_err(|e| Failure::half_done(&e))
    }

    /// Settles a dead letter: nobody sends it any more. What a link message asked for is settled with the bank, and `how` is
    /// kept with the card's intent; when the bank was asked again since, only the letter is. Whether an account is closed no letter says.
    pub async fn close_letter(&self, actor: &Actor, id: i64, how: &str) -> Result<(), Failure> {
        let letter = self.letter(id).await?;
        if is_link(&letter) {
            let (Link { holder, card, seq, .. }, intent) = self.linked(&letter).await?;
            if let Some(open) = intent.filter(|i| !i.is_over() && !is_asked_again(i, &letter)) {
                let settles = self.may(actor, Verb::ResolveIntent, &Place::Anywhere).is_ok();
                if !settles || open.kind == IntentKind::Close {
                    // What becomes of the link is for the city or the province to say, not for whoever runs the line.
                    let way = "请市、省卡管经办人先在“接口监控”重新询问银行或办结联动，再办结死信";
                    let open = Refusal::about(Reason::WrongStage, "该联动尚未办结");
                    return Err(open.by(clause!(R23.1)).way(way).into());
                }
                let resolve = ResolveIntent { card, seq, settled: Some(how.into()), closed: None };
                let ctx = self.ctx(actor.clone(), channel_of(actor), None);
                match self.execute(ctx, Command::of(holder, HolderCommand::ResolveIntent(resolve))).await {
                    Ok(_) => {}
                    // The bank has answered it since.
                    Err(Failure::Refused(r)) if r.reason == Reason::IntentOver => {}
                    Err(e) => return Err(e),
                }
            }
        }
        self.settled_now(actor, id, how).await
    }

    async fn settled_now(&self, actor: &Actor, id: i64, how: &str) -> Result<(), Failure> {
        self.handled(actor, id, false, how).await?;
        let settled = self.store().settle_dead_letter(id).await;
        settled.map_err(|e| Failure::half_done(&e))
    }
}
