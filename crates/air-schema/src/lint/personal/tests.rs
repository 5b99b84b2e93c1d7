//! Personal data in each language, and derived claims that must pass.

use serde_json::{Value, json};

use super::{
    super::{
        tests::{codes, findings},
        vocabulary::{KINDS, Phrase, phrases},
    },
    *,
};

fn of(attribute: Value) -> Option<Finding> {
    let mut found = findings(attribute);
    found.retain(|finding| finding.code == LintCode::PersonalData);
    found.pop()
}

fn of_text(name: &str) -> Option<Finding> {
    of(json!({ "name": name }))
}

fn capitalised(word: &str) -> String {
    format!("{}{}", word[..1].to_uppercase(), &word[1..])
}

/// `a person's name`, `a date of birth`, ….
#[track_caller]
fn says(name: &str, kind: &str, what: &str) {
    let finding = of(json!({ "name": name, "type": kind })).unwrap_or_else(|| panic!("{name} passes"));
    assert!(finding.message.ends_with(what), "{name}: {}", finding.message);
}

#[test]
fn every_phrase_is_found_as_a_word_and_as_camel_case() {
    for Phrase {
        kind,
        text,
        is_whole_name,
        ..
    } in phrases()
    {
        says(text, "string", kind.what);
        if is_whole_name {
            assert!(of_text(&format!("{text}Zzz")).is_none(), "{text}Zzz");
        } else {
            says(&format!("zzz{}", capitalised(text)), "string", kind.what);
        }
        assert!(of_text(&format!("{text}zzz")).is_none(), "{text}zzz");
    }
}

#[test]
fn names_as_they_occur_in_forms() {
    for (name, kind, what) in [
        ("surname", "string", "a person's name"),
        ("motherMaidenName", "string", "a person's name"),
        ("firstName2", "string", "a person's name"),
        ("applicantDateOfBirth", "date", "a date of birth"),
        ("fechaDeNacimiento", "date", "a date of birth"),
        ("geburtsdatum", "date", "a date of birth"),
        ("dateDeNaissance", "string", "a date of birth"),
        ("dataDiNascita", "date-time", "a date of birth"),
        ("shengRi", "date", "a date of birth"),
        ("ngaySinh", "date", "a date of birth"),
        ("passportNumber", "string", "a document's number"),
        ("numeroDeDocumento", "integer", "a document's number"),
        ("codiceFiscale", "string", "a national or tax number"),
        ("juminDeungnokBeonho", "string", "a national or tax number"),
        ("homeAddressLine1", "string", "a postal address"),
        ("numeroDeTelephone", "string", "a telephone number"),
        ("nomorHp", "string", "a telephone number"),
        ("faceTemplateBase64", "string", "biometric data"),
        ("staatsangehoerigkeit", "string", "a nationality"),
        ("ibanNumber", "string", "a bank account or card"),
        ("annualIncome", "number", "somebody's income or wealth"),
        ("bloodType", "string", "somebody's health"),
        ("clientIpAddress", "string", "somebody's device"),
    ] {
        says(name, kind, what);
    }
}

#[test]
fn a_format_says_it_under_any_name() {
    for (format, what) in [
        ("email", "an e-mail address"),
        ("ipv4", "device"),
        ("ipv6", "device"),
    ] {
        let finding = of(json!({ "name": "contact", "format": format })).unwrap();
        assert!(finding.message.contains("according to its format"), "{format}");
        assert!(finding.message.contains(what), "{format}");
    }
    assert_eq!(of(json!({ "name": "contact", "format": "uri" })), None);
}

#[test]
fn what_can_not_hold_the_datum_passes() {
    for attribute in [
        json!({ "name": "birthDate", "type": "boolean" }),
        json!({ "name": "address", "type": "date" }),
        json!({ "name": "firstName", "type": "integer" }),
        json!({ "name": "passportNumber", "enum": ["read", "typed"] }),
        json!({ "name": "nationality", "type": "boolean" }),
    ] {
        assert_eq!(of(attribute.clone()), None, "{attribute}");
    }
    for attribute in [
        json!({ "name": "nationality", "enum": ["AT", "UTO"] }),
        json!({ "name": "gender", "enum": ["f", "m", "x"] }),
        json!({ "name": "passportNumber", "type": "integer" }),
        json!({ "name": "birthDate", "type": "integer" }),
    ] {
        assert!(of(attribute.clone()).is_some(), "{attribute}");
    }
}

#[test]
fn suggested_claims_pass_themselves() {
    for claim in KINDS.iter().flat_map(|kind| kind.claims) {
        assert_eq!(
            codes(&findings(json!({ "name": claim }))),
            Vec::<&str>::new(),
            "{claim}"
        );
    }
}

/// Derived claims and other names from real schemas: none of them is raw personal data.
const PASSING: &str = "isOver18 isOver21 isAdult ageOver18 ageBand ageGroup ageRange minAge maxAgeLimit isEuCitizen isResident \
    residenceCountry residencyStatus countryOfResidence countryCode country birthCountry taxCountry kycLevel kycStatus \
    kycProvider kycCheckedAt amlCheckPassed amlScreeningDate sanctionsScreened isPoliticallyExposed pepStatus riskScore \
    riskLevel riskCategory documentVerified documentType documentIssuer documentExpiry documentCountry documentCheckedAt \
    passportVerified passportCountry passportExpiry nameVerified nameMatchScore fullNameVerified addressVerified \
    addressVerifiedAt addressCountry addressType proofOfAddressChecked emailVerified emailVerifiedAt emailDomain \
    phoneVerified phoneCountry phoneType phoneVerificationMethod hasVerifiedPhone hasBankAccount bankAccountVerified \
    bankCountry incomeBand incomeRange isAccreditedInvestor investorType nationalIdVerified taxIdVerified \
    livenessChecked livenessScore faceMatched faceMatchScore biometricMethod selfieVerified portraitMatchConfidence \
    birthDateVerified birthplaceVerified nationalityVerified genderVerified genderMatchScore verifiedAt verifiedBy \
    verificationLevel verificationMethod issuedAt expiresAt validSince membershipTier membershipSince memberStatus \
    memberNumber membershipId employerName companyName organisationName schoolName universityName courseName \
    courseTitle courseCode degreeName degreeTitle degreeLevel fieldOfStudy programName productName brandName eventName \
    teamName domainName hostName fileName displayName nickName tokenName chainName networkName issuerName \
    licenceClass licenceCategory licenceType ticketNumber ticketClass seatNumber orderNumber invoiceNumber serialNumber \
    referenceNumber caseNumber batchNumber versionNumber walletAddress contractAddress tokenAddress ethAddress \
    companyAddress registeredAddress webAddress keyFingerprint certificateFingerprint accountAge walletAge \
    accountType accountStatus loyaltyPoints points score rank level grade gradeAverage creditsEarned hoursCompleted \
    completionDate enrolmentDate graduationYear startDate endDate jobTitle department role seniority yearsOfExperience \
    skillLevel certificationBody language languages timezone currency region city continent stage package message \
    average storage manager image imageUrl logoUrl cellCount cellCulture mobileApp mobilePlatform streetArt raceResult \
    raceDistance sexEducationCompleted alternative alterEgo nameplate surnamed addressee emailing phoneme capital \
    capacity viaduct ribbon nichols panel pancake dnaStrandCount2Type vaccinationStatus isVaccinated vaccineType \
    isFitForWork hasDisabilityPass driverRating drivingExperienceYears travelClass tripCount photoCount photosAllowed \
    consentVersion consentMethod politicalRiskCountry religionTaughtLevel hasTwitter twitterFollowers isHuman \
    isUniqueHuman humanityScore uniquenessScore sybilScore botProbability nftCount portfolioTier tradingVolumeBand";

#[test]
fn derived_claims_pass() {
    let mut wrong = Vec::new();
    for name in PASSING.split_whitespace() {
        for kind in ["string", "number", "integer", "boolean", "date", "date-time"] {
            if let Some(finding) = of(json!({ "name": name, "type": kind })) {
                wrong.push(finding.message);
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
