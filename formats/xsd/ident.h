/*
 * ident.h - identifiers of the field: has a text the form of one, and does its check digit agree?
 *
 * Shape    Pure functions over the bytes as they stand: blanks, small letters and full-width digits
 *          make a text none of these (only ident_mobile lets writing aids pass). No table is asked:
 *          whether a company, a tariff number or a place exists is not known here.
 * Result   The first fault in the order of the enum. With IDENT_CHECK, want receives what should
 *          stand in the place of the check character.
 */
#ifndef LANDPORT_IDENT_H
#define LANDPORT_IDENT_H

#include "base/span.h"

#define IDENT_WANT 16

enum ident_fault {
    IDENT_GOOD,
    IDENT_FORM, /* wrong length or characters */
    IDENT_DATE, /* the date inside does not exist */
    IDENT_CHECK /* the check digit is another */
};

typedef enum ident_fault ident_fn(struct span v, char want[IDENT_WANT]);

/* Companies and persons. */
ident_fn ident_credit_code;  /* GB 32100, 18 characters; where the organisation code inside is
                                wrong, want is that whole code */
ident_fn ident_organisation; /* GB 11714, 9 characters, a hyphen before the last or not */
ident_fn ident_resident;     /* GB 11643, 18 characters */
ident_fn ident_customs_code; /* 10 digits or capital letters, no check digit */
ident_fn ident_mobile;       /* of the mainland; +86 before it, blanks and hyphens in it are fine */
ident_fn ident_bank_card;    /* 13 to 19 digits, Luhn */
ident_fn ident_luhn;         /* at least two digits, Luhn */

/* Declarations. */
ident_fn ident_declaration; /* customs declaration, 18 digits */
ident_fn ident_transit;     /* transit declaration, 16 digits */
ident_fn ident_safe_number; /* foreign exchange declaration, 22 characters; any date that exists */

/* Goods and parcels. */
ident_fn ident_gcode;     /* tariff number of 10 digits, chapters 01 to 97 without 77 */
ident_fn ident_hs_code;   /* the same, or 13 digits with the suffix of inspection */
ident_fn ident_gtin;      /* 8, 12, 13 or 14 digits */
ident_fn ident_sscc;      /* 18 digits */
ident_fn ident_s10;       /* postal item, UPU S10 */
ident_fn ident_container; /* ISO 6346 */

#endif
