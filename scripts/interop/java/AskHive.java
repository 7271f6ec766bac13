import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.common.type.HiveDecimal;
import org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat;
import org.apache.hadoop.hive.ql.io.sarg.ConvertAstToSearchArg;
import org.apache.hadoop.hive.ql.io.sarg.PredicateLeaf;
import org.apache.hadoop.hive.ql.io.sarg.SearchArgument;
import org.apache.hadoop.hive.ql.io.sarg.SearchArgumentFactory;
import org.apache.hadoop.hive.serde2.io.HiveDecimalWritable;
import org.apache.hadoop.io.ArrayWritable;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.mapred.FileInputFormat;
import org.apache.hadoop.mapred.InputSplit;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.RecordReader;
import org.apache.hadoop.mapred.Reporter;

/**
 * Counts rows as Hive does: its input format leaves out row groups by the search argument that a query is made into, and the
 * query's own filter looks at the rows that come.
 */
final class AskHive {
  public static void main(String[] args) throws Exception {
    String version = System.getProperty("reader.version", "");
    boolean knowsInt64Timestamps = version.startsWith("4.");
    Question.askAll(args, Question.NaN.UNORDERED, question -> {
      if (question.kind().equals("timestamp") && !knowsInt64Timestamps) return -1;
      if (question.kind().equals("timestamp") || question.kind().equals("int96")) {
        // No search argument is made of these in any version.
        if (!question.operator.endsWith("null")) return -1;
      }
      return count(question);
    });
  }

  private static long count(Question question) throws Exception {
    JobConf conf = new JobConf(false);
    conf.set("fs.file.impl", "org.apache.hadoop.fs.LocalFileSystem");
    conf.set("mapreduce.framework.name", "local");
    conf.set("columns", question.column);
    conf.set("columns.types", hiveType(question));
    conf.set("hive.io.file.readcolumn.ids", "0");
    conf.set("hive.io.file.readcolumn.names", question.column);
    conf.setBoolean("hive.io.file.read.all.columns", false);
    // By name, as in a table whose columns were listed in another order.
    conf.setBoolean("parquet.column.index.access", false);
    SearchArgument argument = argument(question);
    if (argument != null) {
      conf.set(ConvertAstToSearchArg.SARG_PUSHDOWN, serialized(argument));
    }
    FileInputFormat.setInputPaths(conf, new Path(question.file.toUri()));
    MapredParquetInputFormat format = new MapredParquetInputFormat();
    long count = 0;
    for (InputSplit split : format.getSplits(conf, 1)) {
      RecordReader<NullWritable, ArrayWritable> reader =
          format.getRecordReader(split, conf, Reporter.NULL);
      NullWritable key = reader.createKey();
      ArrayWritable value = reader.createValue();
      while (reader.next(key, value)) if (holds(question, value.get()[0])) count++;
      reader.close();
    }
    return count;
  }

  /** As Hive hands it to its readers. Version 4 has a method for it, older ones have the same written out. */
  private static String serialized(SearchArgument argument) throws Exception {
    try {
      return (String) ConvertAstToSearchArg.class.getMethod("sargToKryo", SearchArgument.class)
          .invoke(null, argument);
    } catch (NoSuchMethodException older) {
      String kryo = "org.apache.hive.com.esotericsoftware.kryo.";
      Class<?> outputClass = Class.forName(kryo + "io.Output");
      Object output = outputClass.getConstructor(int.class, int.class).newInstance(4096, 1 << 20);
      Class<?> kryoClass = Class.forName(kryo + "Kryo");
      kryoClass.getMethod("writeObject", outputClass, Object.class)
          .invoke(kryoClass.getConstructor().newInstance(), output, argument);
      byte[] bytes = (byte[]) outputClass.getMethod("toBytes").invoke(output);
      return java.util.Base64.getEncoder().encodeToString(bytes);
    }
  }

  private static String hiveType(Question q) {
    switch (q.kind()) {
      case "bool": return "boolean";
      case "long": return "bigint";
      case "decimal": return "decimal(" + q.precision() + "," + q.scale() + ")";
      case "int96": return "timestamp";
      default: return q.kind();
    }
  }

  /** What Hive would push down; `null`: nothing. */
  private static SearchArgument argument(Question q) {
    PredicateLeaf.Type type;
    Object literal = null;
    boolean isNullTest = q.operator.endsWith("null");
    switch (q.kind()) {
      case "bool":
        type = PredicateLeaf.Type.BOOLEAN;
        if (!isNullTest) literal = Boolean.valueOf(q.literal);
        break;
      case "int":
      case "long":
        type = PredicateLeaf.Type.LONG;
        if (!isNullTest) literal = Long.valueOf(q.literal);
        break;
      case "float":
      case "double":
        type = PredicateLeaf.Type.FLOAT;
        if (!isNullTest) literal = Double.valueOf(q.literal);
        break;
      case "string":
        type = PredicateLeaf.Type.STRING;
        if (!isNullTest) literal = q.literal;
        break;
      case "decimal":
        type = PredicateLeaf.Type.DECIMAL;
        if (!isNullTest) literal = new HiveDecimalWritable(HiveDecimal.create(decimal(q)));
        break;
      case "date":
        type = PredicateLeaf.Type.DATE;
        if (!isNullTest) {
          literal = java.sql.Date.valueOf(LocalDate.ofEpochDay(Long.parseLong(q.literal)));
        }
        break;
      default:
        return null;
    }
    SearchArgument.Builder builder = SearchArgumentFactory.newBuilder();
    switch (q.operator) {
      case "isnull": return builder.startAnd().isNull(q.column, type).end().build();
      case "notnull":
        return builder.startNot().isNull(q.column, type).end().build();
      case "eq": return builder.startAnd().equals(q.column, type, literal).end().build();
      case "ne": return builder.startNot().equals(q.column, type, literal).end().build();
      case "lt": return builder.startAnd().lessThan(q.column, type, literal).end().build();
      case "le": return builder.startAnd().lessThanEquals(q.column, type, literal).end().build();
      case "gt": return builder.startNot().lessThanEquals(q.column, type, literal).end().build();
      case "ge": return builder.startNot().lessThan(q.column, type, literal).end().build();
      default: throw new IllegalArgumentException(q.operator);
    }
  }

  private static BigDecimal decimal(Question q) {
    return new BigDecimal(new BigInteger(q.literal), q.scale());
  }

  private static boolean holds(Question q, Writable value) {
    if (q.operator.equals("isnull")) return value == null;
    if (q.operator.equals("notnull")) return value != null;
    if (value == null) return false;
    boolean isFloat = q.kind().equals("float") || q.kind().equals("double");
    if (isFloat && Double.isNaN(Double.parseDouble(value.toString()))) return q.operator.equals("ne");
    int order = compare(q, value);
    switch (q.operator) {
      case "eq": return order == 0;
      case "ne": return order != 0;
      case "lt": return order < 0;
      case "le": return order <= 0;
      case "gt": return order > 0;
      case "ge": return order >= 0;
      default: throw new IllegalArgumentException(q.operator);
    }
  }

  private static int compare(Question q, Writable value) {
    switch (q.kind()) {
      case "string": return text(value).compareTo(q.literal);
      case "binary": return hex(value).compareTo(q.literal);
      case "bool": return Boolean.valueOf(value.toString()).compareTo(Boolean.valueOf(q.literal));
      case "date":
        return Long.compare(LocalDate.parse(value.toString()).toEpochDay(), Long.parseLong(q.literal));
      case "decimal": return new BigDecimal(value.toString()).compareTo(decimal(q));
      default: return new BigDecimal(value.toString()).compareTo(new BigDecimal(q.literal));
    }
  }

  private static String text(Writable value) {
    if (!(value instanceof BytesWritable)) return value.toString();
    BytesWritable bytes = (BytesWritable) value;
    return new String(bytes.getBytes(), 0, bytes.getLength(), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static String hex(Writable value) {
    BytesWritable bytes = (BytesWritable) value;
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < bytes.getLength(); i++) hex.append(String.format("%02x", bytes.getBytes()[i]));
    return hex.toString();
  }
}
