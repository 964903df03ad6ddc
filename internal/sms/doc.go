// Package sms knows how text becomes short messages: the GSM alphabet, what needs
// UCS-2 instead, and how many parts a text is sent and charged as (3GPP TS 23.038,
// TS 23.040). It knows no carriers.
package sms
