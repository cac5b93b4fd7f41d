/** Hint for a file whose data are damaged, whichever format they have. */
export const downloadAgain =
  "The file is damaged or its download was cut. Download it again and compare its SHA-256 with the publisher's list."
