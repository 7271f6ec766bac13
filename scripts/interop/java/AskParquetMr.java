import static org.apache.parquet.filter2.predicate.FilterApi.*;

import java.math.BigInteger;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.filter2.predicate.Operators;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.api.Binary;

/** Counts rows with parquet-mr's own reader: statistics, dictionaries, and then record by record. */
final class AskParquetMr {
  public static void main(String[] args) throws Exception {
    Configuration conf = new Configuration(false);
    conf.set("fs.file.impl", "org.apache.hadoop.fs.LocalFileSystem");
    // Off by default in some versions; what is asked here is whether any of them loses rows.
    conf.setBoolean("parquet.filter.statistics.enabled", true);
    conf.setBoolean("parquet.filter.dictionary.enabled", true);
    // Version 1.8 looks at records with >= in one place and with compareTo in another.
    Question.askAll(args, Question.NaN.EITHER, question -> count(conf, question));
  }

  private static long count(Configuration conf, Question question) throws Exception {
    FilterPredicate predicate = predicate(question);
    if (predicate == null) return -1;
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(question.file.toUri());
    long count = 0;
    try (ParquetReader<Group> reader = ParquetReader.builder(new GroupReadSupport(), path)
        .withConf(conf).withFilter(FilterCompat.get(predicate)).build()) {
      while (reader.read() != null) count++;
    }
    return count;
  }

  private static FilterPredicate predicate(Question q) {
    String text = q.literal;
    switch (q.kind()) {
      case "bool": {
        Operators.BooleanColumn column = booleanColumn(q.column);
        Boolean value = text.isEmpty() ? null : Boolean.valueOf(text);
        switch (q.operator) {
          case "isnull": return eq(column, null);
          case "notnull": return notEq(column, null);
          case "eq": return eq(column, value);
          case "ne": return and(notEq(column, value), notEq(column, null));
          default: return null;
        }
      }
      case "int":
      case "date":
        return ordered(intColumn(q.column), q.operator, text.isEmpty() ? null : Integer.valueOf(text));
      case "long":
      case "timestamp":
        return ordered(longColumn(q.column), q.operator, text.isEmpty() ? null : Long.valueOf(text));
      case "float":
        return ordered(floatColumn(q.column), q.operator, text.isEmpty() ? null : Float.valueOf(text));
      case "double":
        return ordered(doubleColumn(q.column), q.operator, text.isEmpty() ? null : Double.valueOf(text));
      case "string":
        return ordered(binaryColumn(q.column), q.operator,
            isNullTest(q) ? null : Binary.fromString(text));
      case "binary":
        return ordered(binaryColumn(q.column), q.operator, isNullTest(q) ? null : bytes(text));
      case "decimal":
        // Version 1.8 compares the bytes as if they had no sign.
        if (!isNullTest(q) && !q.operator.equals("eq") && !q.operator.equals("ne")) return null;
        return ordered(binaryColumn(q.column), q.operator,
            isNullTest(q) ? null : decimal(new BigInteger(text), q.precision()));
      case "int96":
        return isNullTest(q) ? ordered(binaryColumn(q.column), q.operator, null) : null;
      default:
        return null;
    }
  }

  private static boolean isNullTest(Question q) {
    return q.operator.equals("isnull") || q.operator.equals("notnull");
  }

  private static <T extends Comparable<T>, C extends Operators.Column<T> & Operators.SupportsLtGt>
      FilterPredicate ordered(C column, String operator, T value) {
    switch (operator) {
      case "isnull": return eq(column, null);
      case "notnull": return notEq(column, null);
      case "eq": return eq(column, value);
      case "ne": return and(notEq(column, value), notEq(column, null));
      case "lt": return lt(column, value);
      case "le": return ltEq(column, value);
      case "gt": return gt(column, value);
      case "ge": return gtEq(column, value);
      default: throw new IllegalArgumentException(operator);
    }
  }

  private static Binary bytes(String hex) {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    }
    return Binary.fromConstantByteArray(bytes);
  }

  /** Big-endian two's complement of as many bytes as the precision needs. */
  private static Binary decimal(BigInteger value, int precision) {
    int length = 1;
    while (BigInteger.TEN.pow(precision).subtract(BigInteger.ONE).bitLength() >= 8 * length) length++;
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) (value.signum() < 0 ? -1 : 0));
    byte[] least = value.toByteArray();
    System.arraycopy(least, 0, bytes, length - least.length, least.length);
    return Binary.fromConstantByteArray(bytes);
  }
}
