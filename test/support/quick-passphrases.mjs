/**
 * Makes files that are encrypted for a passphrase cheap to open: age's own work factor costs more than a second of processor time at
 * each use. Imported by tests, and loaded before the program (`node --import`).
 */
import { Encrypter } from 'age-encryption'

const WORK_FACTOR = 8
const { setPassphrase } = Encrypter.prototype

/** @this {Encrypter} */
Encrypter.prototype.setPassphrase = function (passphrase) {
  this.setScryptWorkFactor(WORK_FACTOR)
  setPassphrase.call(this, passphrase)
}
