//! A file as a page may have it: whatever names somebody is masked in the value itself, so that what is shown without a thought is
//! masked (Article 39). Every type is taken apart field by field: a new field does not compile until somebody has decided here.
//! Masked once more, nothing changes. Never stored, and nothing is decided by it.

use crate::clause;
use crate::facts::account::{AccountNumber, BankAccount, BlankAccount};
use crate::facts::activation::HomeVisit;
use crate::facts::application::{Agent, Application, Stage};
use crate::facts::before::Before;
use crate::facts::blank::MadeBlank;
use crate::facts::card::{Card, PreMade, SignedECard};
use crate::facts::counter::{Attendance, Deputy, Shown};
use crate::facts::document::mask_number;
use crate::facts::form::{ApplicationForm, Delivery, Guardian};
use crate::facts::holder::HolderFile;
use crate::facts::identity::{DocumentEnd, HeldDocument, Identifier, PastNumber};
use crate::facts::join::{Brought, Join};
use crate::facts::person::{DeathMark, Person, StatedDeath};
use crate::facts::post::{CarrierProof, Signature};

/// What cannot be shortened is not shown at all.
fn nothing(text: &str) -> String {
    if text.is_empty() { String::new() } else { "***".into() }
}

/// A name that no grammar was asked of: the first character stays.
fn first(text: &str) -> String {
    let mut all = text.chars();
    all.next().into_iter().chain(all.map(|_| '*')).collect()
}

fn agent(of: Agent) -> Agent {
    let Agent { name, document_kind, document_number, phone, relation, ground, proof, verified } = of;
    let (name, document_number, phone) = (first(&name), mask_number(&document_number), mask_number(&phone));
    Agent { name, document_kind, document_number, phone, relation, ground, proof, verified }
}

fn delivery(of: &Delivery) -> Delivery {
    let Delivery { address, recipient, phone } = of;
    let area: String = address.chars().take(6).collect();
    Delivery { address: format!("{area}…"), recipient: first(recipient), phone: mask_number(phone) }
}

fn guardian(of: Guardian) -> Guardian {
    let Guardian { name, document_kind, document_number } = of;
    Guardian { name: name.hidden(), document_kind, document_number: mask_number(&document_number) }
}

fn account(account: BankAccount) -> BankAccount {
    let BankAccount { bank_card_no, account_no, of } = account;
    BankAccount { bank_card_no: bank_card_no.hidden(), account_no: account_number(&account_no), of }
}

fn account_number(of: &AccountNumber) -> AccountNumber {
    AccountNumber(nothing(&of.0))
}

fn identifier(of: Identifier) -> Identifier {
    let Identifier { kind, nationality, number } = of;
    Identifier { kind, nationality, number: mask_number(&number) }
}

fn held(of: HeldDocument) -> HeldDocument {
    let HeldDocument { which, valid_until, since, how, ended } = of;
    let ended = ended
        .map(|DocumentEnd { on, replaced_by }| DocumentEnd { on, replaced_by: replaced_by.map(identifier) });
    HeldDocument { which: identifier(which), valid_until, since, how, ended }
}

fn past(of: PastNumber) -> PastNumber {
    let PastNumber { number, until, why } = of;
    PastNumber { number: number.hidden(), until, why }
}

fn mark(of: DeathMark) -> DeathMark {
    let DeathMark { source, at, number } = of;
    DeathMark { source, at, number: number.map(|n| n.hidden()) }
}

fn stated_death(of: StatedDeath) -> StatedDeath {
    // What was shown is a paper's number, which a page says.
    let StatedDeath { at, number, relation, evidence } = of;
    StatedDeath { at, number: number.map(|n| n.hidden()), relation, evidence }
}

fn join(of: Join) -> Join {
    let Join { other, reason, proposed_by, proposed_at, city, keep, state, brought } = of;
    let Brought { applications, cards, cleaned, death, added, numbers, documents, alive_again } = brought;
    let numbers = numbers.into_iter().map(|n| n.hidden()).collect();
    let documents = documents.into_iter().map(identifier).collect();
    let death = death.into_iter().map(mark).collect();
    let brought = Brought { applications, cards, cleaned, death, added, numbers, documents, alive_again };
    Join { other, reason, proposed_by, proposed_at, city, keep, state, brought }
}

fn form(of: ApplicationForm) -> ApplicationForm {
    let ApplicationForm {
        form_no,
        card_kind,
        nationality,
        category,
        document,
        ssn,
        name,
        sex,
        ethnicity,
        birth_date,
        mobile,
        phone,
        postal_address,
        occupation,
        employer_no,
        employer_name,
        guardian: guarded,
        bank,
        photo_receipt,
        collection_point,
        optional,
        document_valid_from,
        issuing_authority,
        delivery: to,
    } = of;
    ApplicationForm {
        form_no,
        card_kind,
        nationality,
        category,
        document: document.hidden(),
        ssn: ssn.hidden(),
        name: name.hidden(),
        sex,
        ethnicity,
        // Pages say somebody's age, and what follows from it.
        birth_date,
        mobile: mobile.map(|m| mask_number(&m)),
        phone: mask_number(&phone),
        postal_address: nothing(&postal_address),
        occupation,
        employer_no,
        employer_name,
        guardian: guarded.map(guardian),
        bank,
        photo_receipt: photo_receipt.map(|r| nothing(&r)),
        collection_point,
        optional: optional.into_iter().map(|(field, text)| (field, nothing(&text))).collect(),
        document_valid_from,
        issuing_authority,
        delivery: to.as_ref().map(delivery),
    }
}

fn person(of: Person) -> Person {
    let Person {
        details,
        photo,
        one_card,
        death,
        stated,
        alive_again,
        bank_change,
        // A bank's words about an account.
        ended_change,
        archive,
        destroyed,
        documents,
        numbers,
        answers,
        joins,
        joined_into,
        face,
    } = of;
    Person {
        details: form(details),
        // A digest, by which a photo is asked for.
        photo,
        one_card,
        death: death.into_iter().map(mark).collect(),
        stated: stated.into_iter().map(stated_death).collect(),
        alive_again,
        bank_change,
        // A bank's words about an account.
        ended_change,
        archive,
        destroyed,
        documents: documents.into_iter().map(held).collect(),
        numbers: numbers.into_iter().map(past).collect(),
        answers,
        joins: joins.into_iter().map(join).collect(),
        joined_into,
        // Where, when and what came of it.
        face,
    }
}

fn made(of: MadeBlank) -> MadeBlank {
    let MadeBlank { account: BlankAccount { bank, personal_account }, chip, reset, made_on, r#box } = of;
    let account = BlankAccount { bank: account(bank), personal_account: account_number(&personal_account) };
    MadeBlank { account, chip: chip.hidden(), reset, made_on, r#box }
}

fn stage(of: Stage) -> Stage {
    match of {
        Stage::InBatch { batch, card_no } => Stage::InBatch { batch, card_no: card_no.hidden() },
        Stage::AccountOpened { batch, card_no, account: opened, at } => {
            Stage::AccountOpened { batch, card_no: card_no.hidden(), account: account(opened), at }
        }
        Stage::Personalising { blank, outlet, card_no, made: blank_made, at, steps, printed_name } => {
            Stage::Personalising {
                blank,
                outlet,
                card_no: card_no.hidden(),
                made: Box::new(made(*blank_made)),
                at,
                steps,
                printed_name: printed_name.map(|n| first(&n)),
            }
        }
        Stage::Received => Stage::Received,
        Stage::Accepted { at } => Stage::Accepted { at },
        Stage::OpeningFailed { batch, failure, at } => Stage::OpeningFailed { batch, failure, at },
        Stage::ProductionFailed { batch, failure, at, counter } => {
            Stage::ProductionFailed { batch, failure, at, counter }
        }
        Stage::Made { card, at } => Stage::Made { card, at },
        Stage::Withdrawn { at } => Stage::Withdrawn { at },
        Stage::Declined { at, ground, by } => Stage::Declined { at, ground, by },
    }
}

fn application(of: Application) -> Application {
    let Application {
        id,
        form_no,
        origin,
        city,
        bank,
        outlet,
        collect_at,
        employer,
        received_on,
        urgent,
        agent: acted,
        consent,
        checks,
        fee,
        stage: at,
        purpose,
        clock,
        photo_from,
        delivery: to,
        chose_outlet,
        by_hand,
        taken_by,
        instant_at,
        post_agreed,
        taken_out,
        urgent_ground,
        before,
    } = of;
    let before = before.map(|of| {
        let Before { details, photo, documents, numbers } = *of;
        let documents = documents.into_iter().map(held).collect();
        let numbers = numbers.into_iter().map(past).collect();
        Box::new(Before { details: form(details), photo, documents, numbers })
    });
    Application {
        id,
        // By what the counter speaks of an application; it is on no card.
        form_no,
        origin,
        city,
        bank,
        outlet,
        collect_at,
        employer,
        received_on,
        urgent,
        agent: acted.map(agent),
        consent,
        checks,
        fee,
        stage: stage(at),
        purpose,
        clock,
        photo_from,
        delivery: to.as_ref().map(delivery),
        chose_outlet,
        by_hand,
        taken_by,
        instant_at,
        post_agreed,
        taken_out,
        urgent_ground,
        before,
    }
}

fn shown(of: Shown) -> Shown {
    let Shown { kind, number, electronic } = of;
    Shown { kind, number: mask_number(&number), electronic }
}

fn deputy(of: Deputy) -> Deputy {
    let Deputy {
        name,
        document_kind,
        document_number,
        electronic,
        phone,
        relation,
        ground,
        other_guardian,
        copies,
    } = of;
    let (name, document_number, phone) = (first(&name), mask_number(&document_number), mask_number(&phone));
    Deputy {
        name,
        document_kind,
        document_number,
        electronic,
        phone,
        relation,
        ground,
        other_guardian,
        copies,
    }
}

fn attendance(of: Attendance) -> Attendance {
    let Attendance { holder, deputy: acted } = of;
    Attendance { holder: holder.map(shown), deputy: acted.map(|d| Box::new(deputy(*d))) }
}

fn signature(of: Signature) -> Signature {
    let Signature { on, manner, deputy: signed, proof } = of;
    let proof = proof.map(|CarrierProof { number, signer, signed_on, copy }| CarrierProof {
        number,
        signer: first(&signer),
        signed_on,
        copy,
    });
    Signature { on, manner, deputy: signed.map(|(name, relation)| (first(&name), relation)), proof }
}

fn card(of: Card) -> Card {
    let Card {
        id,
        application,
        batch,
        card_no,
        city,
        bank,
        bank_account,
        chip,
        reset,
        issued_on,
        valid_until,
        social,
        account: state,
        custody,
        holds,
        pin,
        pin_locked_at,
        intents,
        restrictions,
        offered_again,
        offered_after,
        replaced_by,
        notices,
        look_again,
        pre_made,
        visit,
        came_back,
        recalled_at,
        data_back,
        balance,
        made_again,
        signature: signed,
        signed_e_card,
    } = of;
    let visited = |HomeVisit { first, at, found, by, ground }| HomeVisit {
        first,
        at,
        found,
        by: attendance(by),
        ground,
    };
    let was = |PreMade { blank, personal_account }| PreMade {
        blank,
        personal_account: account_number(&personal_account),
    };
    Card {
        id,
        application,
        batch,
        card_no: card_no.hidden(),
        city,
        bank,
        bank_account: account(bank_account),
        chip: chip.hidden(),
        // What all chips of a kind answer.
        reset,
        issued_on,
        valid_until,
        social,
        account: state,
        custody,
        holds,
        pin,
        pin_locked_at,
        intents,
        restrictions,
        offered_again,
        offered_after,
        replaced_by,
        notices,
        look_again,
        pre_made: pre_made.map(was),
        visit: visit.map(visited),
        came_back,
        recalled_at,
        data_back,
        balance,
        made_again,
        signature: signed.map(signature),
        signed_e_card: signed_e_card
            .map(|SignedECard { number, at }| SignedECard { number: number.hidden(), at }),
    }
}

impl HolderFile {
    /// The same file, masked.
    #[must_use]
    pub fn masked(self) -> Self {
        clause!(R39.1);
        let Self { id, version, person: whose, applications, cards } = self;
        Self {
            id,
            version,
            person: whose.map(person),
            applications: applications.into_iter().map(application).collect(),
            cards: cards.into_iter().map(card).collect(),
        }
    }
}
