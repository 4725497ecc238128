import { linkTo } from './link.ts'

/**
 * The place's own codes, which people scan and do not show, and the portals and apps of those days. The two hosts of the
 * Ministry of Health serve people's declarations as well: those are another format, which comes first.
 */
export const venue = linkTo('venue', [
  'kbytcq.khambenh.gov.vn',
  'kbyt.khambenh.gov.vn',
  'tokhaiyte.vn',
  'pccovid.gov.vn',
  'bluezone.gov.vn',
  'ncovi.vnpt.vn',
  'suckhoe.dancuquocgia.gov.vn',
  'antoancovid.vn',
  'covid19.tech.gov.vn',
])
