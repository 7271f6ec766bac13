import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;

/** A question about a file, and how its answers are told. */
final class Question {
  final Path file;
  private final String key;
  final String column, type, operator, literal;
  /** Rows where NaN is the greatest number, and where nothing compares with NaN. */
  final long greatest, never;

  @Override
  public boolean equals(Object other) {
    return other instanceof Question && key.equals(((Question) other).key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  private Question(Path folder, String line) {
    key = line;
    String[] parts = line.split("\t", -1);
    file = folder.resolve(parts[0]);
    column = parts[1];
    type = parts[2];
    operator = parts[3];
    literal = parts[4];
    greatest = Long.parseLong(parts[5]);
    never = Long.parseLong(parts[6]);
  }

  /** Kind of the type, without its parameters. */
  String kind() {
    return type.split(":")[0];
  }

  int precision() {
    return Integer.parseInt(type.split(":")[1]);
  }

  int scale() {
    return Integer.parseInt(type.split(":")[2]);
  }

  /** What a language makes of NaN: it is the greatest number, nothing compares with it, or now one, now the other. */
  enum NaN { GREATEST, UNORDERED, EITHER }

  /** Answers a question; -1: does not answer questions of this kind. */
  interface Reader {
    long count(Question question) throws Exception;
  }

  /** The questions of a folder's list. */
  static List<Question> read(String folder) throws IOException {
    Path path = Paths.get(folder);
    List<Question> questions = new ArrayList<>();
    for (String line : Files.readAllLines(path.resolve("questions.tsv"))) {
      if (!line.isEmpty()) questions.add(new Question(path, line));
    }
    return questions;
  }

  /**
   * Asks all questions of a folder's list.
   *
   * @param args The folder, and the file into which goes what is wrong: readers print all kinds of things.
   */
  static void askAll(String[] args, NaN nan, Reader reader) throws IOException {
    List<String> answers = new ArrayList<>();
    int right = 0, skipped = 0;
    for (Question question : read(args[0])) {
      long expected = nan == NaN.UNORDERED ? question.never : question.greatest;
      String answer;
      try {
        long count = reader.count(question);
        if (count == -1) {
          skipped++;
          continue;
        }
        if (nan == NaN.EITHER && count == question.never) count = expected;
        answer = String.valueOf(count);
      } catch (Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) cause = cause.getCause();
        answer = cause.toString().split("\n")[0];
      }
      if (answer.equals(String.valueOf(expected))) right++;
      else {
        answers.add("WRONG " + question.file.getFileName() + " " + question.column + " ("
            + question.type + ") " + question.operator + " " + question.literal + ": " + answer
            + " instead of " + expected);
      }
    }
    answers.add("RIGHT " + right + " SKIPPED " + skipped);
    Files.write(Paths.get(args[1]), answers);
  }
}
