/**
 * Everything that a file claims about the values of a column chunk, held against the values.
 *
 * What may be left out and is left out is no fault; what is claimed must be true.
 *
 * @module
 */

import { BloomFilterClaims } from "./bloom_filter_claims.ts";
import { BoundsClaims } from "./bounds_claims.ts";
import type { ChunkContext, ChunkVisitor } from "../chunk_visitor.ts";
import { ColumnIndexClaims } from "./column_index_claims.ts";
import type { DecodedDictionary, DecodedPage } from "../decoded_page.ts";
import { DictionaryUse } from "./dictionary_use.ts";
import { GeoValueClaims } from "./geo_value_claims.ts";
import { GeospatialClaims, isGeospatial } from "./geospatial_claims.ts";
import { type OrderedColumn, orderedColumn, PageFacts } from "./page_facts.ts";
import { SizeClaims } from "./size_claims.ts";
import { finished, type Steps } from "../../util/steps.ts";
import { StatisticsClaims } from "./statistics_claims.ts";

/** Checks claims of one kind. */
interface Claims {
  page(facts: PageFacts): void;
  finish(complete: boolean): void;
}

class ChunkClaims implements ChunkVisitor {
  readonly #types: OrderedColumn;
  readonly #claims: readonly Claims[];
  #use: DictionaryUse | null = null;

  constructor(context: ChunkContext) {
    const { findings, column, chunk, columnIndex, offsetIndex, bloomFilter } = context;
    const { statistics, sizeStatistics, geospatialStatistics } = chunk.metaData;
    const place = { rowGroup: context.rowGroupIndex, column: column.name };
    const types = orderedColumn(column);
    const bounds = new BoundsClaims(findings, types);
    const claims: Claims[] = [
      // Also for the statistics of pages, of which nothing is known before they come.
      new StatisticsClaims(findings, types, bounds, statistics, place),
      new SizeClaims(findings, column, sizeStatistics, offsetIndex, place),
    ];
    if (columnIndex !== null) {
      claims.push(new ColumnIndexClaims(findings, types, bounds, columnIndex, place));
    }
    if (bloomFilter !== null) {
      claims.push(new BloomFilterClaims(findings, types, bloomFilter, place));
    }
    if (geospatialStatistics !== undefined || isGeospatial(column)) {
      claims.push(new GeospatialClaims(findings, column, geospatialStatistics, place));
    }
    if (context.geo !== undefined) {
      claims.push(new GeoValueClaims(findings, column, context.geo, place));
    }
    this.#types = types;
    this.#claims = claims;
  }

  dictionary(page: DecodedDictionary): void {
    this.#use = new DictionaryUse(page.values);
  }

  page(page: DecodedPage): void {
    finished(this.pageSteps(page));
  }

  *pageSteps(page: DecodedPage): Steps<void> {
    const facts = new PageFacts(this.#types, page, this.#use);
    for (const claims of this.#claims) {
      yield;
      claims.page(facts);
    }
  }

  finish(complete: boolean): void {
    for (const claims of this.#claims) claims.finish(complete);
  }
}

/**
 * A visitor that checks the statistics of a chunk and of its pages, its column index, its sizes, its Bloom filter and its
 * geospatial statistics.
 *
 * @param context The chunk. Its findings take what is found.
 */
export function chunkClaims(context: ChunkContext): ChunkVisitor {
  return new ChunkClaims(context);
}
