"""Clean runs of contracts, signs, mails and blurbs in several languages."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, sound, step, tool, written

_NDA = (
    "ACCORD DE CONFIDENTIALITÉ entre Atelier Roussel SARL et Novaplan GmbH. 1. Les Parties ne divulgueront aucune Information Confidentielle à des tiers sans accord écrit préalable. "
    "2. La durée est de trois (3) ans à compter du 1er juillet 2026. 3. Ne sont pas confidentielles les informations déjà publiques. 4. Droit applicable : droit français ; tribunaux de Lyon."
)
_HAUS = "§ 7 Haustiere sind ohne Zustimmung des Vermieters nicht gestattet. § 8 Das Rauchen im Treppenhaus ist verboten. § 9 Die Kaution beträgt drei Monatsmieten, also 2.340 Euro. § 10 Die Miete ist spätestens am dritten Werktag zu zahlen."
_SIGNS = "Vietato fumare.\nNon toccare le opere esposte.\nVietato l'ingresso ai cani, tranne i cani guida.\nUscita di emergenza: non ostruire."
_MAIL_JA = "お世話になっております。先週注文した炊飯器(注文番号 RK-40812)がまだ届いておりません。10月20日に使いたいのですが、いつ届きますか。田中"
_PR = 'Velmora Bikes opens its second workshop in Nantes on 2 October 2026. The company has invested 1.2 million euros and will hire 35 people by the end of next year. "We did not want to move production abroad," says founder Aline Mercadier.'
_BLURB = "Dr. Miriam Okafor, who taught botany at Leeds for thirty-one years, tells how she and her brother Tunde carried 212 seeds out of Biafra in 1968. The Seed Keeper is her first book. 304 pages, 24 plates."

CASES: tuple[SpanCase, ...] = (
    sound(
        "nda-fr-5",
        "law",
        "misstep",
        {"file": "accord.txt", "question": "What do we sign?"},
        "You and Atelier Roussel agree to keep each other's confidential information secret for three years from 1 July 2026. Nothing may go to third parties unless the other side has agreed in writing; what is already public is not covered. French law applies, with the courts of Lyon.",
        tool("load", {"file": "accord.txt"}, _NDA),
        llm(
            "translate",
            [("system", "Translate into English."), ("user", _NDA)],
            "NON-DISCLOSURE AGREEMENT between Atelier Roussel SARL and Novaplan GmbH. 1. The Parties shall not disclose any Confidential Information to third parties without prior written consent. 2. The term is three (3) years from 1 July 2026. 3. Information already in the public domain is not confidential. 4. Governing law: French law; courts of Lyon.",
        ),
        llm(
            "terms",
            "Extract as JSON. NON-DISCLOSURE AGREEMENT between Atelier Roussel SARL and Novaplan GmbH. 1. The Parties shall not disclose any Confidential Information to third parties without prior written consent. 2. The term is three (3) years from 1 July 2026. 3. Information already in the public domain is not confidential. 4. Governing law: French law; courts of Lyon.",
            written(
                {
                    "parties": ["Atelier Roussel SARL", "Novaplan GmbH"],
                    "term_years": 3,
                    "start": "2026-07-01",
                    "disclosure": "only with prior written consent",
                    "exceptions": ["already public"],
                    "law": "French",
                    "courts": "Lyon",
                }
            ),
        ),
        step("end_date", {"start": "2026-07-01", "years": 3}, {"end": "2029-06-30"}),
        llm(
            "explain",
            "Explain to Novaplan's managing director, no legalese. "
            + written(
                {
                    "other_party": "Atelier Roussel SARL",
                    "term_years": 3,
                    "start": "2026-07-01",
                    "disclosure": "only with prior written consent",
                    "exceptions": ["already public"],
                    "law": "French",
                    "courts": "Lyon",
                }
            ),
            "You and Atelier Roussel agree to keep each other's confidential information secret for three years from 1 July 2026. Nothing may go to third parties unless the other side has agreed in writing; what is already public is not covered. French law applies, with the courts of Lyon.",
        ),
    ),
    sound(
        "mietvertrag-es-5",
        "law",
        "genai",
        {"file": "mietvertrag.txt", "to": "es"},
        "§ 7 Se prohíben los animales domésticos sin el consentimiento del arrendador. § 8 Prohibido fumar en la escalera. § 9 La fianza asciende a tres mensualidades, es decir, 2.340 euros. § 10 El alquiler debe pagarse a más tardar el tercer día hábil.",
        tool("load", {"file": "mietvertrag.txt"}, _HAUS),
        tool("detect", {"text": _HAUS[:60]}, {"language": "de"}),
        llm(
            "translate",
            [("system", "Translate into Spanish, keep the section marks."), ("user", _HAUS)],
            "§ 7 No se permiten animales domésticos sin el consentimiento del arrendador. § 8 Está prohibido fumar en la escalera. § 9 La fianza asciende a tres mensualidades, es decir, 2.340 euros. § 10 El alquiler debe pagarse a más tardar el tercer día hábil.",
        ),
        tool(
            "check_sections",
            {"source": ["§ 7", "§ 8", "§ 9", "§ 10"], "target": ["§ 7", "§ 8", "§ 9", "§ 10"]},
            {"complete": True},
        ),
        llm(
            "polish",
            "Mejora el estilo sin cambiar el sentido. § 7 No se permiten animales domésticos sin el consentimiento del arrendador. § 8 Está prohibido fumar en la escalera. § 9 La fianza asciende a tres mensualidades, es decir, 2.340 euros. § 10 El alquiler debe pagarse a más tardar el tercer día hábil.",
            "§ 7 Se prohíben los animales domésticos sin el consentimiento del arrendador. § 8 Prohibido fumar en la escalera. § 9 La fianza asciende a tres mensualidades, es decir, 2.340 euros. § 10 El alquiler debe pagarse a más tardar el tercer día hábil.",
        ),
    ),
    sound(
        "museum-signs-5",
        "translation",
        "openinference",
        {"signs": "museo", "languages": ["en", "de"]},
        {
            "en": [
                "No smoking.",
                "Please do not touch the exhibits.",
                "No dogs, except guide dogs.",
                "Emergency exit: keep clear.",
            ],
            "de": [
                "Rauchen verboten.",
                "Bitte nicht berühren.",
                "Keine Hunde, ausgenommen Blindenhunde.",
                "Notausgang: bitte freihalten.",
            ],
        },
        tool("load_signs", {"signs": "museo"}, _SIGNS),
        step(
            "lines",
            _SIGNS,
            [
                "Vietato fumare.",
                "Non toccare le opere esposte.",
                "Vietato l'ingresso ai cani, tranne i cani guida.",
                "Uscita di emergenza: non ostruire.",
            ],
        ),
        llm(
            "ChatOpenAI#en",
            [("system", "Translate each line into English."), ("user", _SIGNS)],
            "No smoking.\nPlease do not touch the exhibits.\nNo dogs, except guide dogs.\nEmergency exit: keep clear.",
            shown="ChatOpenAI",
        ),
        llm(
            "ChatOpenAI#de",
            [("system", "Übersetze jede Zeile ins Deutsche."), ("user", _SIGNS)],
            "Rauchen verboten.\nBitte nicht berühren.\nKeine Hunde, ausgenommen Blindenhunde.\nNotausgang: bitte freihalten.",
            shown="ChatOpenAI",
        ),
        step(
            "collect",
            {
                "en": "No smoking.\nPlease do not touch the exhibits.\nNo dogs, except guide dogs.\nEmergency exit: keep clear.",
                "de": "Rauchen verboten.\nBitte nicht berühren.\nKeine Hunde, ausgenommen Blindenhunde.\nNotausgang: bitte freihalten.",
            },
            {
                "en": [
                    "No smoking.",
                    "Please do not touch the exhibits.",
                    "No dogs, except guide dogs.",
                    "Emergency exit: keep clear.",
                ],
                "de": [
                    "Rauchen verboten.",
                    "Bitte nicht berühren.",
                    "Keine Hunde, ausgenommen Blindenhunde.",
                    "Notausgang: bitte freihalten.",
                ],
            },
        ),
    ),
    sound(
        "suihanki-5",
        "support",
        "openinference",
        _MAIL_JA,
        "田中様\nお問い合わせありがとうございます。ご注文の炊飯器(RK-40812)は本日発送され、10月18日にお届けの予定です。ご不便をおかけして申し訳ございません。",
        llm(
            "ChatOpenAI#in",
            "Translate into English. " + _MAIL_JA,
            "Hello. The rice cooker I ordered last week (order number RK-40812) has not arrived yet. I would like to use it on 20 October; when will it arrive? Tanaka",
            shown="ChatOpenAI",
        ),
        tool(
            "order",
            {"no": "RK-40812"},
            {
                "no": "RK-40812",
                "item": "rice cooker",
                "status": "shipped",
                "shipped": "2026-10-16",
                "eta": "2026-10-18",
            },
        ),
        step("in_time", {"eta": "2026-10-18", "wanted": "2026-10-20"}, {"in_time": True}),
        llm(
            "ChatOpenAI#en",
            "Draft a short polite answer. Today is 16 October. "
            + written(
                {
                    "customer": "Tanaka",
                    "order": "RK-40812",
                    "item": "rice cooker",
                    "shipped": "2026-10-16",
                    "eta": "2026-10-18",
                }
            ),
            "Dear Mr or Ms Tanaka, thank you for writing. Your rice cooker (RK-40812) was shipped today and should reach you on 18 October. We are sorry for the inconvenience.",
            shown="ChatOpenAI",
        ),
        llm(
            "ChatOpenAI#ja",
            "Translate into polite Japanese. Dear Mr or Ms Tanaka, thank you for writing. Your rice cooker (RK-40812) was shipped today and should reach you on 18 October. We are sorry for the inconvenience.",
            "田中様\nお問い合わせありがとうございます。ご注文の炊飯器(RK-40812)は本日発送され、10月18日にお届けの予定です。ご不便をおかけして申し訳ございません。",
            shown="ChatOpenAI",
        ),
    ),
    sound(
        "seed-keeper-5",
        "translation",
        "genai",
        {"book": "The Seed Keeper", "task": "catalogue"},
        "The Seed Keeper. In 1968 Miriam Okafor and her brother smuggled some two hundred seeds out of Biafra. The retired Leeds botanist's first book, with 24 plates.",
        tool("blurb", {"book": "The Seed Keeper"}, _BLURB),
        llm(
            "shorten",
            "Shorten to about 25 words for a catalogue; you may round. " + _BLURB,
            "Miriam Okafor, botanist at Leeds for three decades, recalls how she and her brother carried some two hundred seeds out of Biafra in 1968. Her first book. With 24 plates.",
        ),
        tool("meta", {"book": "The Seed Keeper"}, {"pages": 304, "plates": 24, "price_gbp": 18.99}),
        llm(
            "tone",
            "Livelier, put the title (The Seed Keeper) first. Miriam Okafor, botanist at Leeds for three decades, recalls how she and her brother carried some two hundred seeds out of Biafra in 1968. Her first book. With 24 plates. (She is retired now.)",
            "The Seed Keeper. In 1968 Miriam Okafor and her brother smuggled some two hundred seeds out of Biafra. The retired Leeds botanist's first book, with 24 plates.",
        ),
        tool("words", {"max": 30}, {"words": 27, "ok": True}),
    ),
    sound(
        "velmora-fr-5",
        "translation",
        "openinference",
        {"release": "velmora", "to": "fr"},
        "Velmora Bikes ouvre le 2 octobre 2026 son deuxième atelier à Nantes. L'entreprise y a investi 1,2 million d'euros et embauchera 35 personnes d'ici la fin de l'an prochain. « Nous ne voulions pas délocaliser la production », explique Aline Mercadier, la fondatrice.",
        tool("load_release", {"id": "velmora"}, _PR),
        llm(
            "ChatOpenAI#k",
            "List figures, dates and names as JSON. " + _PR,
            written(
                {
                    "company": "Velmora Bikes",
                    "city": "Nantes",
                    "opening": "2026-10-02",
                    "invested_eur": 1200000,
                    "jobs": 35,
                    "founder": "Aline Mercadier",
                }
            ),
            shown="ChatOpenAI",
        ),
        llm(
            "ChatOpenAI#t",
            [("system", "Translate into French for the press."), ("user", _PR)],
            "Velmora Bikes ouvre le 2 octobre 2026 son deuxième atelier à Nantes. L'entreprise y a investi 1,2 million d'euros et embauchera 35 personnes d'ici la fin de l'an prochain. « Nous ne voulions pas délocaliser la production », explique Aline Mercadier, la fondatrice.",
            shown="ChatOpenAI",
        ),
        step(
            "check_facts",
            {
                "facts": {"opening": "2026-10-02", "invested_eur": 1200000, "jobs": 35},
                "text": "ouvre le 2 octobre 2026 … 1,2 million d'euros … 35 personnes",
            },
            {"missing": []},
        ),
        tool("send", {"to": "presse@nantes.example"}, {"sent": True}),
    ),
)
