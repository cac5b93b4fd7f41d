/** What to do about a packed file that is damaged. */
export const getFileAgain =
  "The file is damaged or its download was cut. Get it again and compare its SHA-256 with the publisher's list."
