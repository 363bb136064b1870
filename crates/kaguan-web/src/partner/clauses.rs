//! By which clause each door acts. What is unknown, missing or changes nothing stands against Article 8 only where somebody applies: a door
//! says it by its own clause, and one of which the regulation says nothing says it without any.

use kaguan_domain::clause;
use kaguan_domain::clause::Clause;
use kaguan_domain::refusal::Refusal;
use std::future::Future;

tokio::task_local! {
    /// The clauses of the door that answers.
    static HERE: &'static [Clause];
}

/// The clauses of a door, by its address; `None` of an address that is none.
fn of(route: &str) -> Option<&'static [Clause]> {
    let clauses: &'static [Clause] = match route {
        "/api/keys/v1"
        | "/api/session/v1"
        | "/api/requests/v1/{key}"
        | "/api/messages/v1"
        | "/api/messages/v1/attempts"
        | "/api/messages/v1/questions"
        | "/api/messages/v1/fetched"
        | "/api/business/v1/cards/status"
        | "/api/business/v1/cards/statuses"
        | "/api/business/v1/held-cards"
        | "/api/online/v1/progress" => &[],
        "/api/ecard/v1/numbers" => &[clause!(R2.1)],
        "/api/treasury/v1/payments" => &[clause!(R22.1)],
        "/api/bank/v1/batches"
        | "/api/bank/v1/batches/{batch}/opening-data"
        | "/api/bank/v1/batches/{batch}/opening-returns"
        | "/api/bank/v1/batches/{batch}/close" => &[clause!(X7.2)],
        "/api/bank/v1/batches/{batch}/documents/{row}" | "/api/vendor/v1/batches/{batch}/documents/{row}" => {
            &[clause!(R34.1)]
        }
        "/api/bank/v1/cards/enablings" | "/api/online/v1/enablings" => &[clause!(R16.1)],
        "/api/bank/v1/cards/activations" => &[clause!(R16.2)],
        "/api/bank/v1/cards/losses" => &[clause!(R24.1), clause!(R25.1)],
        "/api/online/v1/losses" => &[clause!(R24.1)],
        "/api/bank/v1/cards/releases" => &[clause!(R26.1)],
        "/api/bank/v1/cards/account-closures" => &[clause!(R33.2)],
        "/api/bank/v1/cards/balances" => &[clause!(R33.4)],
        "/api/bank/v1/bank-changes"
        | "/api/bank/v1/bank-changes/call-offs"
        | "/api/bank/v1/bank-changes/approvals"
        | "/api/online/v1/bank-changes"
        | "/api/online/v1/bank-changes/call-offs" => &[clause!(R31.1)],
        "/api/bank/v1/intents/answers" | "/api/bank/v1/reconciliation/key" => &[clause!(R23.1)],
        "/api/bank/v1/failure-guide" => &[clause!(X7.5)],
        "/api/bank/v1/blank-orders"
        | "/api/bank/v1/blank-orders/{order}/allocation-data"
        | "/api/bank/v1/blank-orders/{order}/allocation-returns"
        | "/api/bank/v1/blank-orders/{order}/close"
        | "/api/vendor/v1/blank-orders"
        | "/api/vendor/v1/blank-orders/{order}/making-data"
        | "/api/vendor/v1/blank-orders/{order}/boxes"
        | "/api/vendor/v1/blank-orders/{order}/making-returns"
        | "/api/vendor/v1/blank-orders/{order}/close"
        | "/api/vendor/v1/blank-orders/{order}/deliveries" => &[clause!(R36.1)],
        "/api/vendor/v1/batches"
        | "/api/vendor/v1/batches/{batch}/production-data"
        | "/api/vendor/v1/batches/{batch}/production-returns"
        | "/api/vendor/v1/batches/{batch}/card-keys"
        | "/api/vendor/v1/batches/{batch}/boxes"
        | "/api/vendor/v1/batches/{batch}/close" => &[clause!(X7.3)],
        "/api/vendor/v1/batches/{batch}/deliveries" => &[clause!(R12.1)],
        "/api/vendor/v1/batches/{batch}/photos/{row}" | "/api/online/v1/photos" => &[clause!(R10.3)],
        "/api/vendor/v1/batches/{batch}/incomplete" | "/api/vendor/v1/bank-data" => &[clause!(X7.6)],
        "/api/online/v1/applications" => &[clause!(R8.1)],
        "/api/online/v1/replacements" => &[clause!(R27.5)],
        "/api/online/v1/replacements/withdrawals" => &[clause!(R27.4)],
        "/api/online/v1/one-card/find" | "/api/online/v1/one-card/clean-ups" => &[clause!(X10.1)],
        "/api/post/v1/labels" => &[clause!(R10.5)],
        "/api/vendor/v1/batches/{batch}/posts"
        | "/api/post/v1/parcels"
        | "/api/post/v1/events"
        | "/api/post/v1/signatures" => &[clause!(R14.1)],
        "/api/terminal/v1/progress" | "/api/terminal/v1/status" | "/api/terminal/v1/pin-changes" => {
            &[clause!(R19.1)]
        }
        _ => return None,
    };
    Some(clauses)
}

/// Lets a door answer: what is refused there is told by its clauses.
pub(super) async fn within<T>(route: &str, answer: impl Future<Output = T>) -> T {
    match of(route) {
        Some(clauses) => HERE.scope(clauses, answer).await,
        None => answer.await,
    }
}

/// A refusal as the door tells it that answers: its sentence, and the clause that it names, empty for none.
pub(super) fn told(refusal: Refusal) -> (Refusal, String, String) {
    let here = HERE.try_with(|clauses| *clauses).ok();
    let by_the_door = refusal.holds_everywhere() && refusal.defects.is_empty() && !refusal.is_form_taken();
    let refusal = match here.filter(|_| by_the_door) {
        None => refusal,
        Some([]) => {
            let sentence = refusal.uncited();
            return (refusal, sentence, String::new());
        }
        Some(clauses) => Refusal { by: clauses.to_vec(), ..refusal },
    };
    let clause = if refusal.is_by_another_law() { "" } else { refusal.clause().id() };
    let (sentence, clause) = (refusal.sentence(), clause.to_owned());
    (refusal, sentence, clause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaguan_domain::refusal::Reason;

    #[test]
    fn every_door_has_its_clause_or_is_said_to_have_none() {
        let all = super::super::routes_of().into_openapi().paths.paths;
        let lost: Vec<_> = all.keys().filter(|path| of(path).is_none()).collect();
        assert!(lost.is_empty(), "say in partner/clauses.rs by which clause they act: {lost:?}");
    }

    #[tokio::test]
    async fn what_is_unknown_is_told_at_every_door_by_its_own_clause() {
        let unknown = || Refusal::about(Reason::NotFound, "该号码");
        for path in super::super::routes_of().into_openapi().paths.paths.keys() {
            let (_, sentence, clause) = within(path, async { told(unknown()) }).await;
            assert!(sentence.starts_with("未找到对应的档案或业务（该号码）。"), "{path}: {sentence}");
            let own = of(path).unwrap();
            assert_eq!(clause, own.first().map(|c| c.id()).unwrap_or_default(), "{path}");
            for clause in own {
                assert!(sentence.contains(&clause.cite()), "{path}: {sentence}");
            }
            assert_eq!(sentence.contains("依据"), !own.is_empty(), "{path}: {sentence}");
            let applies = path == "/api/online/v1/applications";
            assert_eq!(sentence.contains("第8条"), applies, "{path}: {sentence}");
        }
        // What has its own clause keeps it.
        let own = || unknown().by(clause!(R34.1));
        let (_, _, clause) = within("/api/bank/v1/cards/releases", async { told(own()) }).await;
        assert_eq!(clause, "R34.1");
        let lost = Refusal::from(Reason::AlreadyLost);
        let (_, _, clause) = within("/api/bank/v1/cards/losses", async { told(lost.clone()) }).await;
        assert_eq!(clause, lost.clause().id());
    }

    #[tokio::test]
    async fn art_37_1_what_another_law_or_a_court_holds_is_told_by_no_clause() {
        let held = || Refusal { by_other_law: true, ..Refusal::about(Reason::CardHeldBack, "限制") };
        let (_, sentence, clause) = within("/api/bank/v1/cards/losses", async { told(held()) }).await;
        assert!(clause.is_empty() && sentence.contains("依据案件所载的法律法规或司法文书。"), "{sentence}");
        let beside = held().by(clause!(R24.1));
        let (_, sentence, clause) = within("/api/bank/v1/cards/losses", async { told(beside) }).await;
        assert!(clause == "R24.1" && sentence.contains("第24条、案件所载的"), "{sentence}");
    }
}
