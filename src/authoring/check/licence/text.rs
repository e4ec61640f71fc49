//! Recognition of the licences that registries accept.
//!
//! Each is known by phrases that its text must hold and no other licence's does, in whatever lines,
//! letters and marks it is set. That is how registries look at them, and takes no collection of texts. What
//! is added to such a text is not judged, but for the few clauses that are known to take its freedom back.

/// A licence that registries accept.
struct Licence {
    /// Its identifier in the list of SPDX.
    id: &'static str,
    /// What its text holds.
    holds: &'static [&'static str],
    /// What its text does not hold: what tells it from its nearest relatives.
    lacks: &'static [&'static str],
}

/// Clauses that are put before or into licences and change what they allow.
const RESTRICTIONS: [&str; 3] = [
    "commons clause",
    "the software shall be used for good not evil",
    "for non commercial purposes only",
];

const LICENCES: [Licence; 9] = [
    Licence {
        id: "Apache-2.0",
        holds: &[
            "apache license version 2 0 january 2004",
            "terms and conditions for use reproduction and distribution",
            "each contributor hereby grants to you a perpetual worldwide non exclusive no charge royalty free irrevocable",
            "you must cause any modified files to carry prominent notices",
        ],
        lacks: &[],
    },
    Licence {
        id: "BSD-3-Clause",
        holds: &[BSD_SOURCE, BSD_BINARY, BSD_DISCLAIMER, BSD_ENDORSE],
        lacks: &BSD_RELATIVES,
    },
    // After the one with a clause more.
    Licence {
        id: "BSD-2-Clause",
        holds: &[BSD_SOURCE, BSD_BINARY, BSD_DISCLAIMER],
        lacks: &BSD_RELATIVES,
    },
    Licence {
        id: "CC-BY-4.0",
        holds: &[
            "creative commons attribution 4 0 international public license",
            "by exercising the licensed rights defined below you accept and agree to be bound",
            "disclaimer of warranties and limitation of liability",
        ],
        lacks: &[],
    },
    Licence {
        id: "LGPL-3.0",
        holds: &[
            "gnu lesser general public license version 3 29 june 2007",
            "this version of the gnu lesser general public license incorporates the terms and conditions of version 3",
        ],
        lacks: &[],
    },
    Licence {
        id: "GPL-3.0",
        holds: &[
            "gnu general public license version 3 29 june 2007",
            "the gnu general public license is a free copyleft license for software and other kinds of works",
            "conveying modified source versions",
        ],
        lacks: &[],
    },
    Licence {
        id: "MIT",
        holds: &[
            "permission is hereby granted free of charge to any person obtaining a copy of this software and associated documentation files",
            "the above copyright notice and this permission notice",
            "shall be included in all copies or substantial portions of the software",
            "the software is provided as is without warranty of any kind",
        ],
        lacks: &[
            "except as contained in this notice",
            "functional source license",
            "used in advertising",
            "shall be modified such that",
        ],
    },
    Licence {
        id: "Unlicense",
        holds: &[
            "this is free and unencumbered software released into the public domain",
            "anyone is free to copy modify publish use compile sell or distribute this software",
        ],
        lacks: &[],
    },
    Licence {
        id: "Zlib",
        holds: &[
            "this software is provided as is without any express or implied warranty",
            "permission is granted to anyone to use this software for any purpose including commercial applications",
            "the origin of this software must not be misrepresented",
            "altered source versions must be plainly marked as such",
        ],
        lacks: &["product documentation is required", "relicensed"],
    },
];

const BSD_SOURCE: &str = "redistributions of source code must retain the above copyright notice this list of conditions and the following disclaimer";
const BSD_BINARY: &str = "redistributions in binary form must reproduce the above copyright notice this list of conditions and the following disclaimer in the documentation";
const BSD_DISCLAIMER: &str = "even if advised of the possibility of such damage";
const BSD_ENDORSE: &str = "be used to endorse or promote products derived from this software";

/// What the many relatives of the BSD licences add to them.
const BSD_RELATIVES: [&str; 8] = [
    "all advertising materials mentioning features or use of this software",
    "acknowledg",
    "enhancements to the features",
    "in any form must",
    "may not be called",
    "nuclear",
    "patent",
    "trademark",
];

/// The identifier of the licence that a text is, if it is one of those that registries accept.
pub(super) fn recognise(text: &str) -> Option<&'static str> {
    let text = plain(text);
    let holds = |phrase: &&str| text.contains(*phrase);
    if RESTRICTIONS.iter().any(holds) {
        return None;
    }
    let found = LICENCES
        .iter()
        .find(|licence| licence.holds.iter().all(holds) && !licence.lacks.iter().any(holds));
    found.map(|licence| licence.id)
}

/// The words of a text, in lower case with single spaces: lines, quotes, commas and the marks of comments
/// and of Markdown do not count.
fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for word in text
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().flat_map(char::to_lowercase));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginnings and the middles of the real texts, as they are set there.
    const MIT: &str = "The MIT License (MIT)\n\nCopyright (c) 2026 Ada\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software and associated documentation files (the \"Software\"), to deal\nin the Software without restriction, including without limitation the rights\n...\n\nThe above copyright notice and this permission notice shall be included in all\ncopies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR\nIMPLIED...";
    const BSD_2: &str = "Redistribution and use in source and binary forms, with or without modification, are permitted:\n\n1. Redistributions of source code must retain the above copyright notice, this list of\n   conditions and the following disclaimer.\n2. Redistributions in binary form must reproduce the above copyright notice, this list\n   of conditions and the following disclaimer in the documentation and/or other materials.\n\nTHIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\" AND ... EVEN IF ADVISED OF THE\nPOSSIBILITY OF SUCH DAMAGE.";
    const BSD_3RD: &str = "\n3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse\n   or promote products derived from this software without specific prior written permission.\n";
    const APACHE: &str = "                                 Apache License\n                           Version 2.0, January 2004\n                        http://www.apache.org/licenses/\n\n   TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION\n\n   2. Grant of Copyright License. Subject to the terms and conditions of\n      this License, each Contributor hereby grants to You a perpetual,\n      worldwide, non-exclusive, no-charge, royalty-free, irrevocable\n      copyright license to reproduce...\n      (b) You must cause any modified files to carry prominent notices\n          stating that You changed the files; and";
    const GPL: &str = "                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007\n\n  The GNU General Public License is a free, copyleft license for\nsoftware and other kinds of works.\n  5. Conveying Modified Source Versions.";
    const LGPL: &str = "                   GNU LESSER GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007\n\n  This version of the GNU Lesser General Public License incorporates\nthe terms and conditions of version 3 of the GNU General Public\nLicense, supplemented by the additional permissions listed below.";
    const CC_BY: &str = "Attribution 4.0 International\n\nCreative Commons Attribution 4.0 International Public License\n\nBy exercising the Licensed Rights (defined below), You accept and agree\nto be bound by the terms...\nSection 5 -- Disclaimer of Warranties and Limitation of Liability.";
    const UNLICENSE: &str = "This is free and unencumbered software released into the public domain.\n\nAnyone is free to copy, modify, publish, use, compile, sell, or\ndistribute this software, either in source code form or as a compiled\nbinary, for any purpose...";
    const ZLIB: &str = "This software is provided 'as-is', without any express or implied\nwarranty. In no event will the authors be held liable for any damages.\n\nPermission is granted to anyone to use this software for any purpose,\nincluding commercial applications, and to alter it...\n1. The origin of this software must not be misrepresented; you must not\n2. Altered source versions must be plainly marked as such, and must not be";

    #[test]
    fn each_licence_is_known_by_its_own_words() {
        let bsd_3 = format!("{BSD_2}{BSD_3RD}");
        for (text, id) in [
            (APACHE, "Apache-2.0"),
            (BSD_2, "BSD-2-Clause"),
            (&bsd_3, "BSD-3-Clause"),
            (CC_BY, "CC-BY-4.0"),
            (GPL, "GPL-3.0"),
            (LGPL, "LGPL-3.0"),
            (MIT, "MIT"),
            (UNLICENSE, "Unlicense"),
            (ZLIB, "Zlib"),
        ] {
            assert_eq!(recognise(text), Some(id));
            let commented = text.replace('\n', "\n// ").to_uppercase();
            assert_eq!(recognise(&commented), Some(id), "set as a comment");
            // Every phrase is asked for: without its end, none is itself.
            let cut = text.len() * 2 / 5;
            assert_eq!(
                recognise(&text[..text.floor_char_boundary(cut)]),
                None,
                "{id} cut off"
            );
        }
        let all: Vec<_> = LICENCES.iter().map(|licence| licence.id).collect();
        assert_eq!(all.len(), 9);
    }

    #[test]
    fn relatives_are_not_taken_for_them() {
        let advertising = "\n3. All advertising materials mentioning features or use of this software must display the\n following acknowledgement";
        let evil = MIT.replace(
            "THE SOFTWARE IS",
            "The Software shall be used for Good, not Evil.\nTHE SOFTWARE IS",
        );
        for text in [
            "",
            "Licensed under the Apache License, Version 2.0 (the \"License\"); you may not use this file except in compliance with the License.",
            "MIT",
            "All rights reserved.",
            &format!("{BSD_2}{advertising}"),
            &format!("{BSD_2}{advertising}{BSD_3RD}"),
            &evil,
            &format!(
                "{BSD_2}{BSD_3RD}\nNo express or implied licenses to any party's patent rights are granted."
            ),
            &format!(
                "{MIT}\nExcept as contained in this notice, the name of the X Consortium shall not be used"
            ),
            &format!("\"Commons Clause\" License Condition v1.0\n\n{APACHE}"),
            &GPL.replace("Version 3, 29 June 2007", "Version 2, June 1991"),
            &GPL.replace("GENERAL PUBLIC", "AFFERO GENERAL PUBLIC")
                .replace("29 June", "19 November"),
            &LGPL.replace("Version 3, 29 June 2007", "Version 2.1, February 1999"),
            &CC_BY.replace("Attribution 4.0", "Attribution-NonCommercial 4.0"),
            &CC_BY.replace("Attribution 4.0", "Attribution-ShareAlike 4.0"),
            // MIT No Attribution, and ISC.
            &MIT.replace("The above copyright notice and this permission notice", ""),
            "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.",
        ] {
            assert_eq!(recognise(text), None, "{text}");
        }
    }
}
