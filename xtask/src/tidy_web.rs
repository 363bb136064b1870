//! A page never decides, and reading is a right: what `kaguan-web` may ask of the service, where a person's file may be read at
//! all, and how an error may not become "nothing".

use crate::scan::tests_begin;

/// What the pages and the partners' doors may ask of the service, and why each is safe. Whatever is not here is not asked.
const DOORS: &[(&str, &str)] = &[
    // Commands: the executor asks the right and keeps the journal's line.
    ("execute", "a command"),
    ("execute_for", "a command about whoever has a number; nothing of the file is shown"),
    ("execute_with_images", "the same, with the images that the command files"),
    ("carry_out_bank_change", "the same for 变更服务银行-现场办理, as far as there is stock for 即时制卡"),
    ("execute_all", "commands, one line each"),
    ("card_read", "whose card lies on a reader, for a command about it; nothing of the file is shown"),
    ("would_do", "a refusal of the domain before a machine is asked; nothing of the file is told but that"),
    ("check_face", "a command: what the registers say of two pictures, neither of which is kept"),
    ("apply", "a command, once the registers are asked"),
    ("apply_with", "the same with images, which are stored sealed and taken away again when it is refused"),
    ("verify_again", "the right is asked before the registers are; then a command"),
    ("replace", "a command, once the registers are asked"),
    ("replace_with", "the same with images, which are stored sealed and taken away again when it is refused"),
    ("screen", "commands"),
    ("confirm_batch", "a command; one that comes late is told which office did it"),
    ("take_back_batch", "commands"),
    ("take_in", "the trial of a file is a command with a line first; each row is a command"),
    ("try_notice", "the clocks of the calendar, which name nobody; the right is asked"),
    ("take_notice", "commands"),
    ("take_outlets", "commands about organisations, the right asked first"),
    ("pay_fee", "a command; the file is read to find the application, and not shown"),
    ("fetched", "a command, then the messages are taken out of the outbox"),
    ("take_photo", "stores a photo that names nobody; the right is asked at the door"),
    // Signing in: what the store keeps of sessions and tries names nobody, and is in no journal.
    ("admit", "counts a try to sign in before the password is looked at"),
    ("signed_in", "a command: the line of whoever came in"),
    ("sign_in_failed", "a command: the line of whoever tried, where its number has one"),
    ("begin_session", "after a try that succeeded"),
    ("begin_half", "after the right password: opens nothing but the question for the second factor"),
    ("enrol_second_factor", "a secret of the caller's own, shown until it is proved"),
    ("prove_second_factor", "a command about the caller's own account, once a code is right"),
    ("is_second_factor", "whether a code is the caller's own; taken once"),
    ("recovery_codes_left", "how many, of the caller's own"),
    ("present", "whose session a token is"),
    ("why_ended", "why the session of the caller's own token holds no more; names nobody"),
    ("steady", "for how long something takes"),
    ("partner_mark", "up to which time the caller's own requests may have been used"),
    ("move_partner_mark", "the same, moved before a request counts"),
    ("held", "why timed work is held; names nobody"),
    ("reauthenticate", "after a try that succeeded, in the caller's own session"),
    ("end_session", "the caller's own"),
    ("own_sessions", "the caller's own, when each began and was last used"),
    ("end_own_sessions", "the caller's own, after the password was given again"),
    // Forms in work: of the caller's own session, or the caller's own account; nothing of a file is read.
    ("first_answer", "what the caller's own form was answered"),
    ("keep_answer", "the same, kept sealed with the session"),
    (
        "owner_of_ended",
        "whose form comes after its session has ended; it is kept for this officer and shown to nobody else",
    ),
    ("keep_draft", "what an officer typed, sealed"),
    ("draft", "the officer's own"),
    ("drafts_of", "the officer's own; a list says whom they are about masked"),
    ("end_draft", "the officer's own"),
    ("attempts_for", "a partner's own"),
    ("questions_for", "a partner's own"),
    ("attempts_seen_by", "by the matrix; it names nobody"),
    ("batch_contents", "looks, each with its line; counts by the matrix"),
    ("photo_key", "what an address of one session calls a photo of a page that was a look"),
    ("shown_photo", "a photo of a page of this session, which was a look"),
    ("key_of", "what an address of one session calls a person"),
    ("person_of", "the same back; a look follows"),
    ("paper_key", "what an address of one session calls the papers of a form"),
    ("paper_of", "the same back; a look follows"),
    ("voucher_key", "a voucher that a page of this session shows, sealed for it"),
    ("shown_voucher", "the same back, for its PDF"),
    // Looks: each makes a `Seen` after a line of the journal.
    ("file_material", "records.file, and the document beside it"),
    (
        "open_material",
        "holder.look of one material with its reason, and the name that one session calls it by",
    ),
    ("opened_material", "a material that a page of this session opened, which was a look"),
    ("archive_due_for", "what of archives is due and who keeps it, by the matrix and the area; names nobody"),
    (
        "destroy_materials",
        "commands, judged together before the first; what each refused one is is told, and whose nowhere",
    ),
    ("cards_of", "one_card.find_others (decision 0008)"),
    ("look", "holder.look with its reason"),
    ("look_at_item", "holder.look of one item in the clear, with its reason"),
    ("look_in_clear", "holder.look of a file in the clear, with its reason: IN_CLEAR says who asks for it"),
    ("look_for_card", "holder.look with its reason, also when it finds nobody"),
    ("waiting_cards", "holder.look with its reason for everybody on the list"),
    ("pick_up_code", "makes a code that is sent to the holder; nothing is read"),
    ("pick_up_digest", "a digest of what somebody typed"),
    ("look_up", "holder.look with its reason, also when it finds nobody"),
    ("begin_application", "holder.look with its reason, also when it finds nobody; the right is asked first"),
    ("next_form_no", "a number that names nobody"),
    ("receipt", "application.receipt"),
    ("voucher", "application.voucher"),
    ("unit_to_print", "application.print_unit_forms, a line for each printing"),
    ("begin_upload", "the caller's own file into the list of the own office; the right is asked"),
    ("end_upload", "what came of it"),
    ("uploads_for", "what the own office has uploaded, by the matrix; names nobody"),
    ("uploads_part_for", "the same in parts"),
    ("upload_for", "one of them with what is wrong in it, masked"),
    ("upload_rest", "application.apply_for_unit, a line for each download"),
    ("register_unit", "a command, once what was typed is judged"),
    ("complete_units_for", "the same of those that the own office has uploaded, by the matrix and the area"),
    ("units_numbered", "those of a number, by the matrix and the area"),
    ("units_part_for", "the same in parts, by the matrix and the area"),
    ("units_for", "unit applications by the matrix; employers, and nobody of theirs"),
    ("business_receipt", "application.receipt of a line of the journal"),
    (
        "form_of_line",
        "under which number a form lies, for the printing of its receipt, which is application.receipt",
    ),
    ("show", "application.progress, one_card.find_others (decision 0008)"),
    ("e_card_numbered", "a command about whoever the platform names; nothing is read"),
    (
        "card_inside",
        "whose card is in a machine, by its chip and PIN; what the file says comes by a line or by the matrix",
    ),
    ("state_inside", "card.status of whoever's card is in a machine (decision 0008)"),
    ("parcels_for", "numbers of letters in a carrier's own hands, by the matrix; names nobody"),
    ("label_for", "collection.take_label (decision 0008)"),
    ("people_after", "one line for each page of rows (decision 0008)"),
    ("photo_for", "production.extract (decision 0008)"),
    ("lend_document", "rare_name.lend_document (decision 0008)"),
    ("taking_card_keys", "production.take_card_keys (decision 0008)"),
    (
        "joins_waiting",
        "identities of files that wait for a second officer, by the matrix; who they are is a look",
    ),
    (
        "cards_stopped_by_joins",
        "identities of files in which another city cleaned a card, by the matrix; who they are is a look",
    ),
    ("looks_at", "of a file that is being shown: it takes the `Seen`; numbers in a reason are masked"),
    ("history", "of a file that is being shown: it takes the `Seen`"),
    ("joins_of", "of a file that is being shown: it takes the `Seen`; the other file is not named"),
    ("line_of_application", "of a file that is being shown: it takes the `Seen`"),
    ("photo_on_form", "of a file whose form is being printed: it takes the `Seen`"),
    ("journal_head", "where the journal ends, signed: counts and digests, which name nobody (decision 0016)"),
    (
        "journal_heads",
        "where the journal ends, signed: counts and digests, which name nobody (decision 0016)",
    ),
    ("receipt_code", "a digest of a line's number; nothing is read"),
    ("genuine", "business, day and outlet of a receipt by its code; nothing about who (decision 0013)"),
    // By the right alone.
    ("card_state", "asked of a projection, ten thousand a second; no line by decision 0008"),
    ("card_states", "the same in bulk"),
    ("held_cards", "numbers of cards not in force; no line by decision 0008"),
    ("questions_for", "what the caller itself was asked; names nobody"),
    ("messages_for", "what journaled commands have told this partner, as the courier brings it"),
    // Names somebody for a command that follows, which asks the right; nothing of the file is told but that it fits.
    ("identified", "number and name, and whether both fit; `show` and commands follow"),
    ("register_checks", "what the registers say of whoever was identified, for the command that follows"),
    ("register_checks_of", "the same of a file that is being shown: it takes the `Seen`"),
    ("card_of_bank_number", "a bank's own number to an identity, for the command that follows"),
    // About the caller's own request.
    (
        "ledger_choices",
        "what one's own area did can be narrowed by, by the matrix; names officers and offices alone",
    ),
    (
        "ledger_for",
        "the lines of the area's offices, by the matrix, without their events; they name no holder",
    ),
    ("done_today_by", "the caller's own lines of today, without their events; they name no holder"),
    ("earlier", "the line of the caller's own request"),
    ("seq_of", "the number that the caller's own change has"),
    ("changed_field", "the titles that the caller's own row changed"),
    // What names no person.
    ("batch", "a batch and its boxes"),
    ("at_vendor_since", "a moment of a batch, which names nobody"),
    ("batches_for", "batches, by the matrix"),
    ("reminders_for", "looks, each with its line"),
    ("failures_for", "looks, each with its line"),
    ("officers_for", "officers, by the matrix"),
    ("officer_changes_for", "what was proposed of officers, by the matrix"),
    ("matrix_for", "the matrix itself, by the matrix"),
    ("institution_verbs_for", "which verbs such lines have, by the same right"),
    ("outlets_waiting_for", "at which outlets applications wait, by the matrix and the area; names nobody"),
    ("box_outlets_for", "for which outlets boxes are, by the matrix and the own office"),
    ("institution_lines_for", "lines about organisations and officers, by the matrix; holders are in none"),
    ("journal_for", "lines of the journal without their events, by the matrix; they name no holder"),
    ("journal_line_for", "one line with its proof, by the matrix; events about holders stay sealed"),
    ("export_journal", "the same lines as a file, by a command that is a line itself"),
    ("add_organisation", "a command, once what was typed is judged"),
    ("stop_organisation", "a command, once it was asked whether anything waits there"),
    ("standing_for", "counts of messages by partner, by the matrix"),
    ("dead_letters_for", "dead letters without their bodies, by the matrix; they name no holder"),
    ("cards_in_doubt", "how many cards have a link that staff must settle, by the matrix and the own city"),
    ("links_for", "links that staff must settle, by the matrix and the own city; they name no holder"),
    ("reconciliations_for", "what reconciliations came to, by the matrix"),
    (
        "differences_for",
        "what reconciliation left to staff, by the matrix, the own bank and city; it names no holder",
    ),
    ("send_again", "a command, then the message waits again"),
    ("close_letter", "commands, then the message is settled"),
    ("propose_officer", "a command, once what was typed is judged"),
    ("reports_for", "which reports there are for the own office, by the matrix"),
    ("report_for", "counts, by the matrix"),
    ("slips_for", "identities of files and numbers of forms, by the matrix; who they are is a look"),
    ("clock_board", "counts, by the matrix"),
    ("partner_times", "counts of batches' clocks, by the matrix"),
    ("counted_for", "counts, by the matrix"),
    ("area_work", "clocks that run in a city, by the matrix; names nobody"),
    ("propose_glyph", "a command, once the right is asked; the picture names nobody"),
    ("glyphs_for", "pictures of characters, by the matrix; they name nobody"),
    ("glyph_picture", "one of them"),
    ("policies_for", "rules of cities, by the matrix"),
    ("ready_for", "counts, by the matrix"),
    (
        "orders_ended_after",
        "a count of orders of pre-made cards, which are nobody's, by the matrix and the own city",
    ),
    ("order_numbered", "an order of pre-made cards, which are nobody's, by the matrix and the area"),
    ("left_out_for", "forms that no screening takes, by the matrix; names nobody"),
    ("dead_in_batches_for", "counts of batches, by the matrix"),
    ("dead_work_for", "counts, by the matrix and the own office"),
    ("boxes_for", "boxes, by the matrix"),
    ("box_work", "how many boxes wait, by the matrix and the own office"),
    (
        "differing_boxes",
        "boxes whose counts differ, by the matrix, the own office and the area; names nobody",
    ),
    ("differing_part", "a part of them"),
    (
        "boxes_numbered",
        "boxes here or coming here by their number, by the matrix and the own office; they name nobody",
    ),
    ("batch_numbered", "which batch has a number; it names nobody, and its page asks for the right"),
    (
        "card_in_hand",
        "a card's identity by what is printed on it, and where it is collected, for the command that follows",
    ),
    (
        "single_cards",
        "numbers of cards that a centre keeps outside boxes, by the matrix and the own office; they name nobody",
    ),
    ("compare_box", "the cards of a box that a list lacks, with its line"),
    ("batches_to_hand_out", "how many batches wait for their vendor, by the matrix; names nobody"),
    ("batches_to_confirm", "how many batches wait to be confirmed, by the matrix and the area; names nobody"),
    ("trees_for", "batches whose boxes may be seen, by the matrix; names nobody"),
    ("tree_for", "a batch's boxes, by the matrix and the area; names nobody"),
    ("order_blanks", "a command"),
    ("generate_blanks", "a command, once the numbers are reserved"),
    ("blank_orders_for", "orders of pre-made cards, which are nobody's, by the matrix"),
    ("blank_order_for", "one of them, by the matrix and the area"),
    ("failed_blanks_for", "its cards that failed, by the matrix; they are nobody's"),
    ("stock_for", "boxes of pre-made cards, by the matrix"),
    ("stock_moves_for", "what was done with an order's boxes, by the matrix and the area; names no holder"),
    (
        "return_checks_for",
        "what the province found in an order's return, by the matrix and the area; names nobody",
    ),
    ("blank_order_numbered", "the identity of an order of the own city by its number; names nobody"),
    ("count_stock_by_list", "a command, and the pre-made cards that a list lacks"),
    (
        "blank_in_hand",
        "the identity of a pre-made card by what is printed on it, for the command that follows",
    ),
    ("record_blank_found", "a command about a pre-made card by what is printed on it, which is nobody's"),
    ("name_missing_blank", "commands about a pre-made card by what is printed on it, which is nobody's"),
    (
        "under_reader",
        "what a chip is to the own outlet's stock: in stock, being made, issued or strange; names nobody",
    ),
    ("ask_step", "a command, then what a desk needs for the step that its line names"),
    ("answer_step", "a command; what comes next names nobody"),
    ("visits_for", "looks, each with its line"),
    ("visits_to_confirm", "a count, by the matrix and the area"),
    ("examinations_for", "looks, each with its line"),
    ("transfers_for", "the hops of a batch's boxes, by the matrix and the area; names no holder"),
    ("signed_for", "where the boxes of a shown batch are kept and who signed for them; names no holder"),
    ("registers_for", "numbers of batches, by the matrix; names nobody"),
    ("register_for", "the register of a batch, with its line"),
    ("unit_of_box", "an identity of a unit application; names nobody"),
    ("employers_of", "names of the employers of shown boxes, and the numbers of their forms; names nobody"),
    ("read_box_paper", "a paper of a box, with the reason and its line"),
    ("waiting_for", "applications that wait for their checks, by the matrix; names nobody"),
    ("batches_of_partner", "the partner's own batches"),
    ("orders_of_partner", "the partner's own orders of pre-made cards, which are nobody's"),
    ("order_for", "the partner's own order of pre-made cards, which are nobody's"),
    ("blanks_for", "pre-made cards, which are nobody's (decision 0008)"),
    ("correct_rows", "commands about pre-made cards, which are nobody's"),
    ("shared_key", "the bank's own key for reconciliation"),
    ("days", "today, and the third working day from now"),
    ("todays_work", "clocks that run, by the matrix; names nobody"),
    ("open_clocks", "how many of the same; names nobody"),
    ("waiting_proposals", "how many proposals wait, by the matrix; names nobody"),
    (
        "banks_in_stock",
        "banks whose pre-made cards lie at the officer's own outlet, by the matrix; they are nobody's",
    ),
    ("stock_work", "counts of boxes, by the matrix; they are nobody's"),
    ("cards_waiting", "counts of cards, by the matrix; names nobody"),
    ("may", "the right itself"),
    ("institutions", "organisations, officers, partners, calendar"),
    ("partners", "the ports"),
    ("ctx", "who, when, by which door"),
    ("fresh", "an identity"),
    ("identity_of", "an identity"),
    ("now", "the time"),
    ("wall", "the time, as other machines have it"),
    ("in_business_time", "a time that another machine said"),
    ("asked", "what a partner was asked; names nobody"),
    ("clone", "another handle"),
    ("get", "the courier's handle, once it is attached"),
    ("set", "attaches the courier"),
];

/// Where web has the store at hand all the same, and what for.
const STORE: &[(&str, &str)] = &[
    ("partner/system.rs", "the system's own keys for partners are derived by it"),
    ("partner/business.rs", "the same, to tell partners the public halves"),
];

/// Who shows by the right alone, without a line of its own: the functions of `kaguan-service` that call `Seen::by_right`.
const BY_RIGHT: &[&str] =
    &["attempts_for", "card_state", "card_states", "held_cards", "messages_for", "questions_for"];

/// Who opens by a name of the session, whose page was a look: the functions of `kaguan-service` that call `Seen::by_name`.
const BY_NAME: &[&str] = &["shown_photo", "shown_voucher", "opened_material"];

/// Who shows besides a look what its line says is shown: the functions of `kaguan-service` that call `Seen::beside`.
const BESIDE: &[&str] = &["waiting_cards"];

/// Where web has a file in the clear, and what for. Everywhere else a look has nothing in the clear.
const IN_CLEAR: &[(&str, &str)] = &[
    ("records/papers/mod.rs", "the person's own receipt, form and voucher"),
    ("records/papers/counter.rs", "the form that the person signs"),
    ("counter/one_card/mod.rs", "the slip that the person signs"),
    ("counter/post/mod.rs", "the label of a parcel"),
    ("counter/pin/mod.rs", "the card's number and chip, for the machine on the desk"),
    ("premade/making/run.rs", "what the machine on the desk prints and writes"),
];

/// Where the command line reads files itself: it is the operator's, who has the database, and nothing of it is a door.
const OPERATOR: &[(&str, &str)] = &[
    ("send.rs", "a test card of a province for trying things out"),
    ("progress.rs", "the operator looks up where somebody's card is; reads only, beside a server"),
    ("archive.rs", "lists material; opening one is a look with a reason"),
    ("certify/calls.rs", "the batches of the test system that a vendor worked on"),
    ("certify/mod.rs", "the cards of the test system"),
    ("simulate/report.rs", "an invented city"),
    ("simulate/look.rs", "an invented city"),
    ("simulate/city.rs", "an invented city"),
    ("simulate/city/way.rs", "an invented city"),
    ("simulate/city/mail.rs", "an invented city"),
    ("bench/pages/story.rs", "invented people, to be copied"),
    ("bench/pages/seed.rs", "invented people, to be copied"),
    ("bench/pages/crawl.rs", "the forms of copied people, of which receipts are asked for"),
    ("life.rs", "the demo's invented people"),
    ("walk.rs", "the demo's invented people"),
];

/// What web may not name, and why.
const WORDS: &[(&str, &str)] = &[
    ("Role::", "compares roles; ask the matrix (`Service::may`, `may.rs`)"),
    ("role==", "compares roles; ask the matrix (`Service::may`, `may.rs`)"),
    ("role!=", "compares roles; ask the matrix (`Service::may`, `may.rs`)"),
    (
        ".roles()",
        "reads the matrix itself; ask it (`Service::may`, `may.rs`), as menu.rs does for whole screens",
    ),
    ("OrgKind::", "decides by what an organisation is; ask the domain (`may.rs`)"),
    ("BatchState::", "decides by state; ask the domain (`may.rs`)"),
    ("HolderFile", "has a file that nobody was let see; take a `Seen`"),
    ("LoadRequest", "reads files behind the doors; take a `Seen`"),
    (".file(", "reads a file behind the doors; take a `Seen`"),
    (".find(&number", "looks somebody up behind the doors; take a `Seen`"),
];

/// What changes the store. Only a command does.
const CHANGES: &[&str] = &[
    ".put_",
    ".delete_",
    ".settle_",
    ".outbox_taken(",
    ".outbox_settle(",
    ".send_dead_letter(",
    ".reserve(",
    ".take_over(",
    ".migrate(",
    ".transact(",
    ".stage(",
    ".write(",
];

/// The domain's decisions, which `may.rs` alone asks for pages.
const DECISIONS: &[&str] = &[
    "decide(",
    ".decided(",
    "decide_batch(",
    "decide_unit(",
    "decide_order(",
    "decide_blank(",
    "authorise(",
];

/// How an error becomes "nothing".
const SWALLOWED: &[&str] = &[
    ".await.ok()",
    ".await.unwrap_or_default()",
    ".await.unwrap_or(",
    ".await.map_or(",
    ".await.is_ok_and(",
    ".await.unwrap_or_else(|_|",
];

/// Where one of these swallows nothing.
const NOT_SWALLOWED: &[(&str, &str, &str)] = &[
    ("kaguan-service/src/service.rs", ".await.unwrap_or(", "an answer that is dropped is `Unknown`"),
    ("kaguan-service/src/status.rs", ".await.unwrap_or_else(|_|", "an answer that is dropped is an error"),
    ("kaguan-web/src/partner/turns.rs", ".await.ok()", "the turns are never closed"),
    (
        "kaguan-web/src/institution/glyphs/mod.rs",
        ".await.unwrap_or(",
        "that the fonts have a character is said only where they are known to have it",
    ),
    (
        "kaguan-web/src/records/papers/printing.rs",
        ".await.is_ok_and(",
        "where nobody can tell no picture is refused, and why is logged",
    ),
];

/// Pages that show nothing of their own, or that another folder tests: where, and why.
const WITHOUT_FOLDER: &[(&str, &str)] = &[
    ("pages.rs", "the stylesheet and the script"),
    ("desk/status/mod.rs", "card status for the bench, by the right alone; no page"),
    ("desk/gallery/mod.rs", "the parts of all pages, rendered by the test in its own file"),
];

/// Pages that do not stand in a folder with their test, and folders whose test no binary takes.
pub fn folders(files: &[(String, String)]) -> Vec<String> {
    let root = "crates/kaguan-web/src/";
    let mut out = Vec::new();
    let taken = |test: &str| {
        let tail = format!("src/{}\"", test.trim_start_matches(root));
        files.iter().any(|(name, text)| name.starts_with("crates/kaguan-web/tests/") && text.contains(&tail))
    };
    for (name, text) in files {
        let Some(inner) = name.strip_prefix(root) else { continue };
        let declares = text.lines().any(|l| l.starts_with("pub const ") && l.contains(": Page = Page {"));
        if !declares || WITHOUT_FOLDER.iter().any(|(file, _)| *file == inner) {
            continue;
        }
        let folder = inner.rsplit_once('/').map_or("", |(folder, _)| folder);
        let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let tests = [folder, above].map(|f| format!("{root}{f}/test.rs"));
        let Some(test) = tests.iter().find(|t| files.iter().any(|(file, _)| file == *t)) else {
            out.push(format!("{name}: a page without `test.rs` in its folder or its room's"));
            continue;
        };
        if !taken(test) {
            out.push(format!("{test}: no test binary takes it"));
        }
    }
    out
}

/// The text without comments and white space, and the line of each byte.
fn squeezed(text: &str, tests: usize) -> (String, Vec<usize>) {
    let (mut out, mut lines) = (String::new(), Vec::new());
    for (n, line) in text.lines().enumerate().take(tests) {
        let bare = line.trim_start();
        let code = if bare.starts_with("//") { "" } else { line.split(" // ").next().unwrap_or_default() };
        for c in code.chars().filter(|c| !c.is_whitespace()) {
            out.push(c);
            lines.resize(out.len(), n + 1);
        }
    }
    (out, lines)
}

/// Everything untidy in one file.
pub fn file(name: &str, text: &str, out: &mut Vec<String>) {
    let (code, lines) = squeezed(text, tests_begin(name, text));
    let mut find = |at: usize, what: String| out.push(format!("{name}:{}: {what}", lines[at]));
    if let Some(inner) = name.strip_prefix("crates/kaguan-web/src/") {
        web(inner, &code, &mut find);
    }
    if let Some(inner) = name.strip_prefix("crates/kaguan/src/")
        && !OPERATOR.iter().any(|(file, _)| *file == inner)
    {
        for word in ["LoadRequest", "service.file("] {
            for (at, _) in code.match_indices(word) {
                find(at, "reads files: list it in xtask/src/tidy_web.rs with its reason".into());
            }
        }
    }
    let watched = ["crates/kaguan-web/src/", "crates/kaguan-service/src/"];
    if watched.iter().any(|w| name.starts_with(w)) {
        for pattern in SWALLOWED {
            let allowed = NOT_SWALLOWED.iter().any(|(file, p, _)| name.ends_with(file) && p == pattern);
            for (at, _) in code.match_indices(pattern).filter(|_| !allowed) {
                find(at, "an error becomes nothing; say it".into());
            }
        }
    }
    if name.starts_with("crates/kaguan-service/src/") {
        let made = [("Seen::by_right(", BY_RIGHT), ("Seen::by_name(", BY_NAME), ("Seen::beside(", BESIDE)];
        for (made, who) in made {
            for (at, _) in code.match_indices(made) {
                let within = code[..at].rsplit("fn").find_map(|f| f.split_once('(')).map_or("", |(f, _)| f);
                if !who.contains(&within) {
                    find(at, format!("`{within}` shows without a line of its own: list it with a decision"));
                }
            }
        }
    }
}

fn web(inner: &str, code: &str, find: &mut dyn FnMut(usize, String)) {
    for (word, why) in WORDS {
        for (at, _) in code.match_indices(word).filter(|_| *word != ".roles()" || inner != "menu.rs") {
            find(at, format!("a page {why}"));
        }
    }
    for decision in DECISIONS.iter().filter(|_| inner != "may.rs") {
        for (at, _) in code.match_indices(decision) {
            find(at, "a page decides; ask through may.rs".into());
        }
    }
    if !IN_CLEAR.iter().any(|(file, _)| *file == inner) {
        for word in ["look_in_clear(", "seen.whole()", "InClear"] {
            for (at, _) in code.match_indices(word) {
                find(at, "a page has a file in the clear; list it in IN_CLEAR with its reason".into());
            }
        }
    }
    for change in CHANGES {
        for (at, _) in code.match_indices(change) {
            find(at, "a page changes the store; give a command".into());
        }
    }
    if !STORE.iter().any(|(file, _)| *file == inner) {
        for (at, _) in code.match_indices(".store()") {
            find(at, "a page asks the store; a door of the service does, with the right and the line".into());
        }
    }
    for (at, _) in code.match_indices("service.") {
        let called: String =
            code[at + 8..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let known = called == "store" || DOORS.iter().any(|(door, _)| *door == called);
        if code[at + 8 + called.len()..].starts_with('(') && !known {
            find(at, format!("`{called}` is no door: list it in xtask/src/tidy_web.rs with its reason"));
        }
    }
    // The list is of calls on what is named `service`.
    for kind in [":&Service", ":Service"] {
        for (at, _) in code.match_indices(kind) {
            let ends = !code[at + kind.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
            if ends && !code[..at].ends_with("service") && !code[..at].ends_with(':') {
                find(at, "the service goes by another name than `service`".into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    fn found(name: &str, text: &str) -> Vec<String> {
        let mut out = Vec::new();
        super::file(name, text, &mut out);
        out
    }

    fn one(name: &str, text: &str) {
        let out = found(name, text);
        assert_eq!(out.len(), 1, "{text}: {out:?}");
    }

    const PAGE: &str = "crates/kaguan-web/src/people.rs";

    #[test]
    fn a_page_that_decides_reads_or_changes_is_found() {
        one(PAGE, "let may = me.officer.role == other;");
        one(PAGE, "if matches!(r, Role::CityOfficer) {}");
        one(PAGE, "if verb.roles().contains(&mine) {}");
        one(PAGE, "let ok = authorise(&all, &me, verb, &place);");
        one(PAGE, "confirm: row.state == BatchState::Screening");
        one(PAGE, "let f = door\n    .service\n    .people_of(&me).await?;");
        one(PAGE, "fn view(f: &HolderFile) {}");
        one(PAGE, "async fn f(desk: &Service) {}");
        one("crates/kaguan-web/src/partner/bank.rs", "let x = console.service.store();");
        // Both behind the door's back, and a change without a command.
        let taken = "door.service.store().outbox_taken(&to, &ids).await?;";
        assert_eq!(found("crates/kaguan-web/src/partner/bank.rs", taken).len(), 2);
        let file = "console\n.service\n.file(id).await?;";
        assert_eq!(found(PAGE, file).len(), 2);
    }

    #[test]
    fn an_error_that_becomes_nothing_is_found() {
        one(PAGE, "let h = console.service.history(&seen, 20)\n    .await\n    .unwrap_or_default();");
        one("crates/kaguan-service/src/reports.rs", "let b = self.batch(id).await.ok().flatten();");
        one("crates/kaguan-service/src/reports.rs", "fn all() { Seen::by_right(&right, x) }");
        one("crates/kaguan-service/src/reports.rs", "fn all() { Seen::by_name(&named, x) }");
        one(PAGE, "let name = seen.whole().person;");
        one(PAGE, "let may = seen.decided(&command, &ctx, &all, None).is_ok();");
    }

    #[test]
    fn what_is_right_is_not_found() {
        let good =
            "let seen = console.service.look(ctx, id, WHY).await?; // Role:: in words\n/// Role::HrClerk\n";
        assert_eq!(found(PAGE, good), Vec::<String>::new());
        let state = "async fn card_state(&self) { Ok(Seen::by_right(&right, x)) }";
        assert_eq!(found("crates/kaguan-service/src/looks.rs", state), Vec::<String>::new());
        assert_eq!(found("crates/kaguan/src/progress.rs", "LoadRequest::default()"), Vec::<String>::new());
        one("crates/kaguan/src/load.rs", "LoadRequest::default()");
    }
}
