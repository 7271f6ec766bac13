import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Counts rows with Spark SQL, which pushes conditions down to its Parquet reader. */
final class AskSpark {
  private static final Map<String, String> OPERATORS = new HashMap<>();

  static {
    OPERATORS.put("eq", "=");
    OPERATORS.put("ne", "<>");
    OPERATORS.put("lt", "<");
    OPERATORS.put("le", "<=");
    OPERATORS.put("gt", ">");
    OPERATORS.put("ge", ">=");
  }

  public static void main(String[] args) throws Exception {
    SparkSession spark = SparkSession.builder().master("local[1]").appName("interop")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate();
    Map<Question, Long> counts = new HashMap<>();
    try {
      List<Question> all = Question.read(args[0]);
      Question.askAll(args, Question.NaN.GREATEST, question -> {
        if (!counts.containsKey(question)) ask(spark, question, all, counts);
        return counts.get(question);
      });
    } finally {
      spark.stop();
    }
  }

  /** All questions about the question's column in one query: a job each would take a quarter of an hour. */
  private static void ask(
      SparkSession spark, Question question, List<Question> all, Map<Question, Long> counts) {
    spark.read().parquet(question.file.toString()).createOrReplaceTempView("t");
    List<Question> group = new ArrayList<>();
    StringBuilder sql = new StringBuilder();
    for (Question other : all) {
      if (!other.file.equals(question.file) || !other.column.equals(question.column)) continue;
      if (sql.length() > 0) sql.append(" union all ");
      sql.append("select ").append(group.size()).append(" as i, count(*) as n from t where ")
          .append(condition(other));
      group.add(other);
    }
    for (Row row : spark.sql(sql.toString()).collectAsList()) {
      counts.put(group.get(row.getInt(0)), row.getLong(1));
    }
  }

  private static String condition(Question q) {
    String column = "`" + q.column + "`";
    if (q.operator.equals("isnull")) return column + " is null";
    if (q.operator.equals("notnull")) return column + " is not null";
    return column + " " + OPERATORS.get(q.operator) + " " + literal(q);
  }

  private static String literal(Question q) {
    switch (q.kind()) {
      case "bool": return q.literal;
      case "int": return q.literal;
      case "long": return q.literal + "L";
      case "float": return "cast('" + q.literal + "' as float)";
      case "double": return "cast('" + q.literal + "' as double)";
      case "string": return "'" + q.literal + "'";
      case "binary": return "X'" + q.literal + "'";
      case "date": return "date '" + LocalDate.ofEpochDay(Long.parseLong(q.literal)) + "'";
      case "timestamp":
      case "int96": return "timestamp_micros(" + q.literal + ")";
      case "decimal": {
        BigDecimal value = new BigDecimal(new BigInteger(q.literal), q.scale());
        return "cast('" + value.toPlainString() + "' as decimal(" + q.precision() + "," + q.scale() + "))";
      }
      default: throw new IllegalArgumentException(q.type);
    }
  }
}
