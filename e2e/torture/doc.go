// Package torture holds the program to its two promises, no false alarm and no lost
// alert, while what it stands on fails: processes killed at random moments, disks that
// are full, an S3 behind connections that break, a Lambda function whose time is over
// in the middle of its work. All of it is real: the program, the S3 server, the
// emulator of the Lambda runtime, the broken network.
//
// Its tests run in a short form, and with -long in one that takes some minutes and
// ends with the sum of its figures, a line each:
//
//	runs 2310     checks that were made, or processes that were started
//	faults 1204   what was done to them
//	lost 0        recorded changes that nobody was told
//	doubled 17    alerts that were sent again, where the first success could not be recorded
//	wrong 0       alerts that are false, told twice without a reason, or a state that cannot be read
//
// They run on Linux alone.
package torture
