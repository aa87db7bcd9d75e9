/**
 * Sorts the dependencies of what is packed. pnpm puts them in the order in which it has read the versions of the
 * workspace's packages, and that is another one each time: the same commit must give the same bytes.
 */
const sorted = (record) =>
  record && Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

module.exports = {
  hooks: {
    beforePacking: (manifest) => {
      const { dependencies } = manifest
      return dependencies === undefined ? manifest : { ...manifest, dependencies: sorted(dependencies) }
    },
  },
}
