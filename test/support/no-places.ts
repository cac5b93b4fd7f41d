import { Places } from '../../src/model/places.ts'

/** The places of a value that is in no file. */
export const noPlaces = new Places(() => null)
